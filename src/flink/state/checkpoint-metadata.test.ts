import { expect, test } from 'vitest';
import { checkpointIdOfHeader } from './checkpoint-metadata.ts';

/** The first bytes of `_metadata`, as the contract test reads them from real Flink of both lines. */
const idIn = (hex: string): number | undefined =>
  checkpointIdOfHeader(Buffer.from(hex.replaceAll(' ', ''), 'hex'));

test('the id stands behind magic number and version (Flink 1.20: 4, 2.3: 6)', () => {
  expect(idIn('4960672d 00000004 0000000000000007 00')).toBe(7);
  expect(idIn('4960672d 00000006 0000000000010203')).toBe(0x10203);
});

test.each([
  ['another magic number', '4960672e 00000006 0000000000000007'],
  ['a format that is not known yet', '4960672d 00000007 0000000000000007'],
  ['no id', '4960672d 00000006 0000000000000000'],
  ["Java's largest long", '4960672d 00000006 7fffffffffffffff'],
])('%s gives no id: a rank is never guessed', (_what, hex) => {
  expect(idIn(hex)).toBeUndefined();
});
