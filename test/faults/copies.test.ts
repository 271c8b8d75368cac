import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Activities } from '../../activities/contract.ts';
import { Story } from '../support/story.ts';

/** When the second copy of each activity runs: beside the first, or after it, when the workflow has gone on. */
type Copy = 'at once' | 'late';

const lateMs = 20;
const copies = { 'at once': 0, late: 0 };

type AnyActivity = (input: never) => Promise<unknown>;

/** A copy acts like the activity it is of; nobody hears how it ends (reliability.md 2.2 rule 3). */
const twice =
  (copy: Copy) =>
  (activity: AnyActivity): AnyActivity =>
  async (input) => {
    copies[copy] += 1;
    if (copy === 'late') {
      const answer = await activity(input);
      void sleep(lateMs)
        .then(() => activity(input))
        .catch(() => undefined);
      return answer;
    }
    const both = await Promise.allSettled([activity(input), activity(input)]);
    const [first, second] = both;
    if (first.status === 'fulfilled') return first.value;
    if (second.status === 'fulfilled') return second.value;
    throw first.reason;
  };

/** The watcher only reads, and never ends while all is well. */
const everyOneTwice =
  (copy: Copy) =>
  ({ watchJob, ...activities }: Activities): Activities => {
    const doubled = Object.entries(activities).map(([name, activity]) => [
      name,
      twice(copy)(activity as AnyActivity),
    ]);
    return { ...Object.fromEntries(doubled), watchJob };
  };

describe.each(['at once', 'late'] as const)('every activity runs twice, %s (F61, S21)', (copy) => {
  let story: Story;
  beforeAll(async () => {
    story = await Story.open({ delivered: everyOneTwice(copy) });
  });
  afterAll(() => story.close());

  test('one life: one job at a time, one savepoint each, nothing left, nothing lost', async () => {
    const id = await story.running();
    await story.checkpointed(id);
    story.world.expectSavepointBeforeStop(id);
    await story.patch(id, { template: { spec: { parallelism: 2 } } });
    await story.reaches(id, 'RUNNING');
    expect(story.world.liveJob(id).parallelism).toBe(2);
    await story.savepoint(id);
    await story.patch(id, { state: 'SUSPENDED' });
    await story.reaches(id, 'SUSPENDED');
    story.nothingLeft(id);
    await story.patch(id, { state: 'RUNNING' });
    await story.reaches(id, 'RUNNING');
    story.world.liveJob(id).fail('out of luck');
    await story.until(
      () => story.world.jobs(id).length,
      (count) => count === 4,
      'it is recovered',
    );
    await story.reaches(id, 'RUNNING');
    await story.patch(id, { state: 'CANCELLED' });
    await story.reaches(id, 'CANCELLED');
    story.nothingLeft(id);
    story.lostNothing(id);
    const { savepoints, jobs } = story.store;
    const rows = await savepoints.list('default', { deploymentId: id });
    const taken = rows.filter(({ origin }) => origin !== 'RETAINED_CHECKPOINT');
    expect(taken.map(({ state }) => state)).toEqual(['COMPLETED', 'COMPLETED', 'COMPLETED']);
    const made = await jobs.list('default', { deploymentId: id });
    expect(made.map(({ sequence, attempt }) => [sequence, attempt])).toEqual([
      [1, 1],
      [2, 1],
      [3, 1],
      [4, 1],
    ]);
    const triggers = story.world.trace.writes(id).filter(({ kind }) => kind.includes('avepoint'));
    expect(triggers).toHaveLength(3);
    expect(copies[copy]).toBeGreaterThan(40);
  });

  test('every history replays, and no promise was broken', () => story.judge());
});
