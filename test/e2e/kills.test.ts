import { afterAll, beforeAll, expect, test } from 'vitest';
import { findSampleJobs } from '../../src/setup/runtimes.ts';
import { type Arena, openArena } from './support/arena.ts';
import { playRound, type Round } from './support/kill-round.ts';

let arena: Arena;
beforeAll(async () => {
  arena = await openArena(findSampleJobs().counter);
});

/** One kill per transition and kind of victim; the campaign (`npm run test:e2e`) draws the moments at random. */
const rounds: Round[] = [
  { transition: 'upgrade', victim: 'sluice', afterMs: 4_000 },
  { transition: 'suspend', victim: 'sluice', afterMs: 400 },
  { transition: 'resume', victim: 'temporal', afterMs: 2_000 },
  { transition: 'upgrade', victim: 'flink', afterMs: 3_000 },
  { transition: 'cancel', victim: 'sluice', afterMs: 300 },
  { transition: 'resume', victim: 'jobmanager', afterMs: 3_500 },
  { transition: 'upgrade', victim: 'taskmanager', afterMs: 1_000 },
];

test.each(rounds)(
  '$transition ends right when $victim is killed after $afterMs ms (S1, S3)',
  (round) => playRound(round, arena),
);

afterAll(async () => {
  const { violations } = await arena.close();
  expect(violations).toEqual([]);
});
