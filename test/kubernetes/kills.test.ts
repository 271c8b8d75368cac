import { afterAll, beforeAll, expect, test } from 'vitest';
import { playRound, type Round } from '../e2e/support/kill-round.ts';
import type { CampaignField } from '../e2e/support/run-campaign.ts';
import { openKillField } from './support/kill-field.ts';

let field: CampaignField;
beforeAll(async () => {
  field = await openKillField();
});

/** Some kills; the campaign (`npm run test:kubernetes -- campaign`) draws the moments at random. */
const rounds: Round[] = [
  { transition: 'upgrade', victim: 'sluice', afterMs: 6_000 },
  { transition: 'suspend', victim: 'jobmanager', afterMs: 400 },
  { transition: 'resume', victim: 'sluice', afterMs: 3_000 },
  { transition: 'upgrade', victim: 'flink', afterMs: 4_000 },
  { transition: 'cancel', victim: 'temporal', afterMs: 300 },
];

test.each(rounds)(
  '$transition ends right when $victim is killed after $afterMs ms (S1, S3)',
  (round) => playRound(round, field),
);

afterAll(async () => {
  const { violations } = await field.close();
  expect(violations).toEqual([]);
});
