import { afterAll, beforeAll, expect, test } from 'vitest';
import { playRound, type Round } from './kill-round.ts';
import type { CampaignField } from './run-campaign.ts';

/**
 * Some rounds of a campaign as tests: each ends right, and its oracles saw nothing that must not be.
 * @param demands that they show, for their names.
 */
export function tellKills(
  demands: string,
  rounds: readonly Round[],
  open: () => Promise<Omit<CampaignField, 'sluice'>>,
): void {
  let field: Omit<CampaignField, 'sluice'>;
  beforeAll(async () => {
    field = await open();
  });

  test.each(rounds)(
    `$transition ends right when $victim is killed after $afterMs ms (${demands}, S1, S3)`,
    async (round) => {
      expect(await playRound(round, field)).toBeGreaterThan(0);
    },
  );

  afterAll(async () => {
    const { violations } = await field.close();
    expect(violations).toEqual([]);
  });
}
