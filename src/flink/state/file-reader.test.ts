import { execFileSync } from 'node:child_process';
import { lookup } from 'node:dns/promises';
import { closeSync, constants, openSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Unreachable } from '../../core/errors/index.ts';
import { createFileReader, failedRead } from './file-reader.ts';
import { Closed } from './reader.ts';
import { createStateStorage } from './storage.ts';

const storage = createStateStorage([createFileReader({ answerWithinMs: 5_000 })]);
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-files-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const write = async (hex: string) => {
  await mkdir(join(folder, 'sp'), { recursive: true });
  await writeFile(join(folder, 'sp', '_metadata'), Buffer.from(hex, 'hex'));
};

test.each([(path: string) => `file:${path}/`, (path: string) => `file://${path}`, String])(
  'a savepoint is ranked by its own file, however its place is spelt',
  async (spelt) => {
    await write('4960672d000000060000000000010203ff');
    expect(await storage.checkpointIdIn(spelt(join(folder, 'sp')))).toBe(0x10203);
  },
);

test.each(['a b', 'a%20b', 'a#b', 'a?b', '100%'])(
  'a directory called %j is found under that name: Flink knows no escapes (S3)',
  async (name) => {
    const parent = await mkdtemp(join(folder, 'named-'));
    const chk = join(parent, name, 'ab12', 'chk-7');
    await mkdir(chk, { recursive: true });
    await writeFile(join(chk, '_metadata'), '');
    const base = `file://${parent}/${name}`;
    expect(await storage.listing(base)).toEqual({ kind: 'listable' });
    expect(await storage.newestRetained(`${base}/ab12`)).toMatchObject({ checkpointId: 7 });
    expect(await storage.isSeen(`file:${parent}/${name}/ab12/chk-7`)).toBe(true);
  },
);

test('a file cut short, and one that is not there, give no rank: none is guessed', async () => {
  await write('4960672d0000000600000000');
  expect(await storage.checkpointIdIn(`file:${folder}/sp`)).toBeUndefined();
  expect(await storage.checkpointIdIn(`file:${folder}/none`)).toBeUndefined();
});

test('what cannot be read is not what is missing: it is unanswered, whatever is asked (S25)', async () => {
  await mkdir(join(folder, 'loops'), { recursive: true });
  for (const name of ['_metadata', 'chk-9']) await symlink(name, join(folder, 'loops', name));
  const loops = `file:${folder}/loops`;
  expect(await storage.listing(`${loops}/chk-9`)).toEqual({
    kind: 'silent',
    why: expect.stringContaining('ELOOP'),
  });
  const questions = [
    () => storage.checkpointIdIn(loops),
    () => storage.newestRetained(loops),
    () => storage.isSeen(`${loops}/chk-9`),
    () => storage.savepointIn(`${loops}/chk-9`),
  ];
  for (const question of questions)
    await expect(question()).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
});

test.each([
  ['EIO', Unreachable],
  ['ESTALE', Unreachable],
  ['EMFILE', Unreachable],
  ['EACCES', Closed],
  ['EPERM', Closed],
])('%s is %o', (code, kind) => {
  expect(failedRead('file:/a', Object.assign(new Error(), { code }))).toBeInstanceOf(kind);
});

/** What would hang otherwise goes on, and the test's process can end. */
const release = (fifo: string): void => {
  try {
    closeSync(openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK));
  } catch {
    // Nobody hangs there.
  }
};

test('what is no file is not waited for: the rest of the process still reads and finds its servers', async () => {
  const places = Array.from({ length: 5 }, (_, index) => join(folder, `pipes-${index}`));
  for (const place of places) {
    await mkdir(place);
    execFileSync('mkfifo', [join(place, '_metadata')]);
  }
  try {
    const ranks = Promise.all(places.map((place) => storage.checkpointIdIn(`file:${place}`)));
    const rest = Promise.all([lookup('localhost'), readFile('/etc/hostname')]);
    const late = delay(5_000, 'late', { ref: false });
    expect(await Promise.race([rest.then(() => 'in time'), late])).toBe('in time');
    expect(await Promise.race([ranks, late])).toEqual(places.map(() => undefined));
  } finally {
    for (const place of places) release(join(place, '_metadata'));
  }
});

test('a directory that is missing, or none, cannot be listed: storage may not be mounted (S25)', async () => {
  await write('00');
  expect(await storage.listing(`file:${folder}`)).toEqual({ kind: 'listable' });
  for (const place of [`${folder}/none`, `${folder}/sp/_metadata`])
    expect(await storage.listing(`file:${place}`)).toMatchObject({ kind: 'closed' });
});
