import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Fault, PlannedFault } from '../fakes/faults.ts';
import type { CallKind } from '../fakes/trace.ts';
import { inWaves } from '../support/in-waves.ts';
import { Story } from '../support/story.ts';
import type { WriteFault } from '../support/story-store.ts';

let story: Story;
beforeAll(async () => {
  story = await Story.open();
});
afterAll(() => story.close());

/** Calls that every life of a Deployment makes, and which of its kind is hit (reliability.md 8). */
const hits: [CallKind, number][] = [
  ['ensure', 1],
  ['ensure', 2],
  ['describe', 2],
  ['uploadJar', 1],
  ['run', 1],
  ['run', 2],
  ['run', 3],
  ['job', 1],
  ['checkpoints', 1],
  ['stopWithSavepoint', 1],
  ['savepointOperation', 1],
  ['jobState', 1],
  ['cancel', 1],
  ['destroy', 1],
];

const faults: Record<string, Fault> = {
  'E-': { is: 'request-lost' },
  'E+': { is: 'answer-lost' },
  '2x': { is: 'twice', copyAfterMs: 15 },
  D: { is: 'slow', effectAfterMs: 30 },
  G: { is: 'garbage' },
  S: { is: 'stale' },
};

const writeFaults: WriteFault[] = ['E-', 'E+', '2x'];

/** Start, grow, upgrade with state, cancel: the same life for every plan, and the same end. */
async function life(id: string): Promise<void> {
  await story.patch(id, { state: 'RUNNING' });
  await story.reaches(id, 'RUNNING');
  await story.checkpointed(id);
  const end = story.world.expectSavepointBeforeStop(id);
  await story.patch(id, { template: { spec: { parallelism: 2 } } });
  await story.reaches(id, 'RUNNING');
  end();
  expect(story.world.liveJob(id).parallelism).toBe(2);
  await story.patch(id, { state: 'CANCELLED' });
  await story.reaches(id, 'CANCELLED');
  story.nothingLeft(id);
  story.lostNothing(id);
  const jobs = await story.store.jobs.list('default', { deploymentId: id });
  expect(jobs.map(({ state }) => state)).toEqual(['TERMINATED', 'TERMINATED']);
}

/** Lives it once per plan, a few at a time. @returns what went another way than without faults. */
async function live<Plan>(
  plans: readonly Plan[],
  begin: (plan: Plan, id: string) => void,
): Promise<string[]> {
  const told = await inWaves(
    plans,
    async (plan) => {
      const { id } = await story.create({ state: 'CANCELLED' });
      begin(plan, id);
      try {
        await life(id);
        return [];
      } catch (error) {
        const events = (await story.messages(id)).slice(-12).join('\n');
        const { step, reason } = await story.explain(id);
        const is = `${step}, ${reason}, after\n${events}`;
        return [`${JSON.stringify(plan)}: ${String(error).slice(0, 200)}; it is at ${is}`];
      }
    },
    6,
  );
  return told.flat();
}

/** Three lives of several hits each: every call is hit once, next to different others. */
const plans = [0, 1, 2].map((part) => hits.filter((_, n) => n % 3 === part));

describe.concurrent('faults at every call: the same end as without (S1 to S3, S6)', () => {
  test.for(Object.entries(faults))('%s', async ([, fault]) => {
    const planned: [string, PlannedFault][] = [];
    const broken = await live(plans, (plan, deploymentId) => {
      for (const [kind, nth] of plan)
        planned.push([`${kind} ${nth}`, story.world.fault({ kind, nth, deploymentId }, fault)]);
    });
    expect(broken).toEqual([]);
    // A read that answers the same as before cannot be stale; every other fault must have hit.
    const idle = planned.filter(([, { fired }]) => fired === 0).map(([name]) => name);
    if (fault.is !== 'stale') expect(idle).toEqual([]);
  });

  test('every third write of the store', async () => {
    const broken = await live(writeFaults, (fault, id) => story.storyStore.disturb(id, fault));
    expect(broken).toEqual([]);
    expect(story.storyStore.hit).toBeGreaterThan(5);
  });
});

test('every history of these lives replays, and no promise was broken', () => story.judge());
