import type { Sheet } from '../sheet.ts';
import { lengthOf, SluiceUpgrades, type Upgrade } from '../sluice-upgrades.ts';
import type { Teardown } from '../teardown.ts';
import { timelineOf, UpgradeHistories } from '../upgrade-histories.ts';
import { type Ground, openBoth, openGround } from './ground.ts';

/** As section 4 of `npm run bench`, on Kubernetes; and how long after its tasks the status says that a new job runs. */
export async function measureUpgrades(
  sheet: Sheet,
  teardown: Teardown,
  pairs: number,
  showTimeline: boolean,
) {
  sheet.section(
    '2. Stateful upgrades: from the last number of the old job to the first of the new',
  );
  const ground = await openGround(teardown);
  const { counter, script } = await openBoth(ground, teardown);
  const sluice = new SluiceUpgrades(counter, ground.stage.truth);
  const ours = { warm: new Told(ground), cold: new Told(ground) };
  const plain = { warm: [] as number[], cold: [] as number[] };
  const histories = await UpgradeHistories.of(
    await ground.stage.sluice.temporalAddress(),
    counter.id,
  );
  teardown.defer(() => histories.close());
  for (let pair = 0; pair < pairs; pair += 1) {
    if (showTimeline) await histories.begin();
    const upgrade = await sluice.upgrade({ startBeforeStop: true });
    if (showTimeline) await histories.end();
    await ours.warm.note(upgrade);
    plain.warm.push(await script.warm());
    await ours.cold.note(await sluice.upgrade({ startBeforeStop: false }));
    plain.cold.push(await script.cold());
    const history = histories.upgrades.at(-1);
    if (history) process.stdout.write(`${timelineOf(history, upgrade).join('\n')}\n`);
  }
  sheet.add('gap by Sluice, start before stop', 'ms', ours.warm.gaps);
  sheet.add('gap by a plain script, warm standby and warm-up job', 'ms', plain.warm);
  sheet.ratio('start before stop: Sluice / plain script', ours.warm.gaps, plain.warm);
  sheet.add('gap by Sluice, startBeforeStop: false', 'ms', ours.cold.gaps);
  sheet.add('gap by a plain script, stop then start', 'ms', plain.cold);
  sheet.ratio('stop then start: Sluice / plain script', ours.cold.gaps, plain.cold);
  sheet.add('PATCH to RUNNING in the status, start before stop', 'ms', ours.warm.whole);
  sheet.add('PATCH to RUNNING in the status, startBeforeStop: false', 'ms', ours.cold.whole);
  const late = [...ours.warm.late, ...ours.cold.late];
  sheet.add('RUNNING in the status after all tasks are', 'ms', late);
  await teardown.run();
}

/** What several upgrades of one kind came to, ms each. */
class Told {
  readonly gaps: number[] = [];
  readonly whole: number[] = [];
  readonly late: number[] = [];
  readonly #ground: Ground;

  constructor(ground: Ground) {
    this.#ground = ground;
  }

  async note(upgrade: Upgrade): Promise<void> {
    this.gaps.push(lengthOf(upgrade));
    this.whole.push(upgrade.told - upgrade.asked);
    this.late.push(upgrade.told - (await this.#ground.runningSince(upgrade.jobId)));
  }
}
