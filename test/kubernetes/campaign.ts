/**
 * `npm run test:kubernetes -- campaign [--rounds n] [--seed n] [--victim v …]`: kills at random moments, as
 * `npm run test:e2e`; of one of those victims, such as `sluice`, where they are named.
 */
import { parseArgs } from 'node:util';
import { planRounds, victims } from '../e2e/support/kill-round.ts';
import { runCampaign } from '../e2e/support/run-campaign.ts';
import { openKillField } from './support/kill-field.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '20' },
    seed: { type: 'string' },
    victim: { type: 'string', multiple: true, default: [...victims] },
  },
});
const among = victims.filter((one) => values.victim.includes(one));
if (among.length === 0) throw new Error(`--victim: one of ${victims.join(', ')}`);
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const rounds = planRounds(Number(values.rounds), seed, among);
process.stdout.write(`${rounds.length} kills on Kubernetes, seed ${seed}\n`);
await runCampaign(rounds, await openKillField(), seed);
