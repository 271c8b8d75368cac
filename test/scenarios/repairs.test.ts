import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PlannedFault } from '../fakes/faults.ts';
import { Story } from '../support/story.ts';

let story: Story;
beforeAll(async () => {
  story = await Story.open();
});
afterAll(() => story.close());

const intervalMs = 300;
/** Timers and clocks of three processes; a repair too many would come after some 200 ms. */
const toleranceMs = 30;

/** Runs, has lost its TaskManager, and its target refuses to mend it. */
async function broken(): Promise<{ id: string; away: PlannedFault }> {
  const id = await story.running({}, { settings: { repairIntervalMs: intervalMs } });
  await story.checkpointed(id);
  const target = { kind: 'ensure', deploymentId: id, times: Number.POSITIVE_INFINITY } as const;
  const away = story.world.fault(target, { is: 'request-lost' });
  story.world.serving(id).killTaskManager();
  await story.until(
    () => away.fired,
    (fired) => fired > 0,
    'a repair is tried',
  );
  return { id, away };
}

/** Between two tries to mend the cluster, ms. */
function pauses(id: string): number[] {
  const { clusterId } = story.world.serving(id);
  const tries = story.world.trace.calls('ensure', id).filter((one) => one.clusterId === clusterId);
  const [, ...repairs] = tries.map(({ at }) => at);
  return repairs.slice(1).map((at, n) => at - (repairs[n] ?? 0));
}

describe.concurrent('a cluster is mended at most once a minute (F33)', () => {
  test('while its target is away', async () => {
    const { id, away } = await broken();
    await story.until(
      () => away.fired,
      (fired) => fired >= 4,
      'it is tried four times',
    );
    expect(Math.min(...pauses(id))).toBeGreaterThan(intervalMs - toleranceMs);
    away.callOff();
    await story.until(
      () => story.world.serving(id).registered.length,
      (registered) => registered === 1,
      'the TaskManager is back',
    );
    expect((await story.record(id)).status.state).toBe('RUNNING');
  });

  test('when it breaks again and again, with an event each time', async () => {
    const id = await story.running({}, { settings: { repairIntervalMs: intervalMs } });
    const cluster = story.world.serving(id);
    const off = story.world.onAnswer('ensure', (entry) => {
      if (entry.deploymentId === id) cluster.killTaskManager();
    });
    cluster.killTaskManager();
    await story.until(
      () => pauses(id).length,
      (count) => count >= 3,
      'it is mended four times',
    );
    off();
    expect(Math.min(...pauses(id))).toBeGreaterThan(intervalMs - toleranceMs);
    const drift = (await story.messages(id)).filter((line) => line.includes('not as it should be'));
    expect(drift.length).toBeGreaterThanOrEqual(4);
  });

  test('a cancel cuts the wait short: nothing of it needs mending', async () => {
    const { id, away } = await broken();
    await story.patch(id, { state: 'CANCELLED' });
    await story.reaches(id, 'CANCELLED');
    away.callOff();
    story.nothingLeft(id);
  });

  test('a suspend cuts it short, too, and is done once the cluster is mended, no attempt burnt', async () => {
    const { id, away } = await broken();
    await story.patch(id, { state: 'SUSPENDED' });
    const tries = away.fired;
    await story.until(
      () => away.fired,
      (fired) => fired > tries,
      'the repair is begun again',
    );
    expect(Math.min(...pauses(id))).toBeGreaterThan(intervalMs - toleranceMs);
    away.callOff();
    await story.reaches(id, 'SUSPENDED');
    story.nothingLeft(id);
    story.lostNothing(id);
  });
});

test('every history of these stories replays, and no promise was broken', () => story.judge());
