/**
 * `npm run test:e2e -- [--rounds n] [--seed n] [--flink 1.20]`: kills at random moments of upgrade, suspend, resume and cancel, on real
 * Flink. Every transition must end right, with never two live jobs and no state lost. Prints the plan's seed and figures.
 */
import { parseArgs } from 'node:util';
import { findSampleJobs } from '../../src/setup/runtimes.ts';
import { openArena } from './support/arena.ts';
import { planRounds, playRound } from './support/kill-round.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '40' },
    seed: { type: 'string' },
    flink: { type: 'string', default: '2.3' },
  },
});
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const rounds = planRounds(Number(values.rounds), seed);
process.stdout.write(`${rounds.length} kills on Flink ${values.flink}, seed ${seed}\n`);

const arena = await openArena(findSampleJobs().counter, values.flink);
const durations: number[] = [];
let failed = 0;
try {
  for (const [i, round] of rounds.entries()) {
    const began = Date.now();
    const what = `${i + 1}: ${round.transition}, kill ${round.victim} after ${round.afterMs} ms`;
    try {
      await playRound(round, arena);
      durations.push(Date.now() - began);
      process.stdout.write(`  ok   ${what} (${((Date.now() - began) / 1_000).toFixed(1)} s)\n`);
    } catch (error) {
      failed += 1;
      process.stdout.write(`  FAIL ${what}\n${error instanceof Error ? error.message : error}\n`);
      process.stdout.write(`${arena.sluice.log.slice(-5_000)}\n`);
      break;
    }
  }
} finally {
  const { violations, looks, floor } = await arena.close();
  for (const violation of violations) process.stdout.write(`  VIOLATION ${violation}\n`);
  const sorted = durations.toSorted((a, b) => a - b);
  const at = (part: number) =>
    ((sorted[Math.floor((sorted.length - 1) * part)] ?? 0) / 1_000).toFixed(1);
  process.stdout.write(
    `${durations.length} of ${rounds.length} rounds ended right, ${violations.length} violations in ${looks} looks, ` +
      `state floor ${floor}; round took ${at(0.5)} s median, ${at(1)} s longest; seed ${seed}\n`,
  );
  process.exitCode =
    failed > 0 || violations.length > 0 || durations.length < rounds.length ? 1 : 0;
}
