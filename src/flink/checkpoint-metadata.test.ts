import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkpointIdIn } from './checkpoint-metadata.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-metadata-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The first bytes of `_metadata`, as the contract test reads them from real Flink of both lines. */
async function idIn(hex: string): Promise<number | undefined> {
  await writeFile(join(folder, '_metadata'), Buffer.from(hex.replaceAll(' ', ''), 'hex'));
  return checkpointIdIn(`file:${folder}/`);
}

test('the id stands behind magic number and version (Flink 1.20: 4, 2.3: 6)', async () => {
  expect(await idIn('4960672d 00000004 0000000000000007 00')).toBe(7);
  expect(await idIn('4960672d 00000006 0000000000010203')).toBe(0x10203);
  expect(await checkpointIdIn(folder)).toBe(0x10203);
});

test.each([
  ['another magic number', '4960672e 00000006 0000000000000007'],
  ['a format that is not known yet', '4960672d 00000007 0000000000000007'],
  ['a file cut short', '4960672d 00000006 00000000'],
  ['no id', '4960672d 00000006 0000000000000000'],
  ["Java's largest long", '4960672d 00000006 7fffffffffffffff'],
])('%s gives no id: a rank is never guessed', async (_what, hex) => {
  expect(await idIn(hex)).toBeUndefined();
});

test('what is not there, or not on this host, gives none', async () => {
  expect(await checkpointIdIn(`file://${folder}/nothing`)).toBeUndefined();
  expect(await checkpointIdIn('s3://bucket/savepoint-1')).toBeUndefined();
});
