/**
 * `npm run test:e2e -- [--rounds n] [--seed n] [--flink 1.20]`: kills at random moments of upgrade, suspend, resume and cancel, on real
 * Flink. Every transition must end right, with never two live jobs and no state lost. Prints the plan's seed and figures.
 */
import { parseArgs } from 'node:util';
import { findSampleJobs } from '../../src/setup/runtimes.ts';
import { openArena } from './support/arena.ts';
import { planRounds } from './support/kill-round.ts';
import { runCampaign } from './support/run-campaign.ts';

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
await runCampaign(rounds, arena, seed);
