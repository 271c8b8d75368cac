/** `npm run test:kubernetes -- campaign [--rounds n] [--seed n]`: kills at random moments, as `npm run test:e2e`. */
import { parseArgs } from 'node:util';
import { planRounds } from '../e2e/support/kill-round.ts';
import { runCampaign } from '../e2e/support/run-campaign.ts';
import { openKillField } from './support/kill-field.ts';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '20' }, seed: { type: 'string' } },
});
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const rounds = planRounds(Number(values.rounds), seed);
process.stdout.write(`${rounds.length} kills on Kubernetes, seed ${seed}\n`);
await runCampaign(rounds, await openKillField(), seed);
