import { type Battlefield, playRound, type Round } from './kill-round.ts';
import type { SluiceUnderTest } from './sluice-under-test.ts';

/** Where a campaign is fought; ended with what its oracles saw. */
export interface CampaignField extends Battlefield {
  sluice: SluiceUnderTest;
  close(): Promise<{ violations: string[]; looks: number; floor: number }>;
}

/** Plays rounds until one ends wrong, prints each and the figures, and sets the exit code. */
export async function runCampaign(
  rounds: readonly Round[],
  field: CampaignField,
  seed: number,
): Promise<void> {
  const durations: number[] = [];
  let failed = 0;
  let met = 0;
  try {
    for (const [i, round] of rounds.entries()) {
      const began = Date.now();
      const what = `${i + 1}: ${round.transition}, kill ${round.victim} after ${round.afterMs} ms`;
      try {
        const killed = await playRound(round, field);
        durations.push(Date.now() - began);
        met += killed > 0 ? 1 : 0;
        const nobody = killed > 0 ? '' : ', met nobody';
        say(`  ok   ${what}${nobody} (${seconds(Date.now() - began)} s)`);
      } catch (error) {
        failed += 1;
        say(`  FAIL ${what}\n${error instanceof Error ? error.message : error}`);
        say(field.sluice.log.slice(-5_000));
        break;
      }
    }
  } finally {
    const { violations, looks, floor } = await field.close();
    for (const violation of violations) say(`  VIOLATION ${violation}`);
    const sorted = durations.toSorted((a, b) => a - b);
    const at = (part: number) => seconds(sorted[Math.floor((sorted.length - 1) * part)] ?? 0);
    say(
      `${durations.length} of ${rounds.length} rounds ended right, ${met} kills met somebody, ${violations.length} violations in ${looks} looks, ` +
        `state floor ${floor}; round took ${at(0.5)} s median, ${at(1)} s longest; seed ${seed}`,
    );
    const isWrong = failed > 0 || violations.length > 0 || durations.length < rounds.length;
    process.exitCode = isWrong ? 1 : 0;
  }
}

const say = (line: string): boolean => process.stdout.write(`${line}\n`);

const seconds = (ms: number): string => (ms / 1_000).toFixed(1);
