import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { clusterIdOf, derivedUuid, isUuid, jobIdOf, savepointIdOf } from './ids.ts';
import { sha1 } from './sha1.ts';

test('our SHA-1 is the SHA-1 of the platform, for any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 200 }), (text) => {
      expect(Buffer.from(sha1(text)).toString('hex')).toBe(
        createHash('sha1').update(text, 'utf8').digest('hex'),
      );
    }),
  );
});

test('an id depends on its parts alone and differs with each of them (S23)', () => {
  expect(jobIdOf('d', 1, 1)).toBe(jobIdOf('d', 1, 1));
  const ids = new Set<string>();
  for (let sequence = 0; sequence < 100; sequence++) ids.add(jobIdOf('d', sequence, 1));
  expect(ids.size).toBe(100);
  expect(derivedUuid('a', 'bc')).not.toBe(derivedUuid('ab', 'c'));
  expect(isUuid(jobIdOf('d', 1, 1))).toBe(true);
  expect(clusterIdOf(jobIdOf('d', 1, 1))).toMatch(/^j[0-9a-f]{32}$/);
});

test('100 upgrades of 4 attempts each: no two share an id, of a Job, a cluster or a savepoint (R08, S23)', () => {
  const sequences = Array.from({ length: 100 }, (_, n) => n + 1);
  const jobs = sequences.flatMap((sequence) =>
    [1, 2, 3, 4].map((attempt) => jobIdOf('d', sequence, attempt)),
  );
  const savepoints = jobs.flatMap((job) => [0, 1, 2].map((run) => savepointIdOf(job, 1, run)));
  const ids = [...jobs, ...jobs.map(clusterIdOf), ...savepoints];
  expect(new Set(ids).size).toBe(ids.length);
});
