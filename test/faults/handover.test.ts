import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Activities, AwaitStop, StopResult } from '../../activities/contract.ts';
import { Story } from '../support/story.ts';

/** What happens between a handover and its answer, which is lost; by Deployment. */
const meanwhile = new Map<string, () => Promise<void>>();

/** What happens as the step is run again after that; by Deployment. */
const again = new Map<string, () => Promise<unknown>>();

/** The first delivery hands over, and its worker is gone before it can say so. */
const unheard = (activities: Activities): Activities => ({
  ...activities,
  awaitStop: async (input: AwaitStop): Promise<StopResult> => {
    const answer = await activities.awaitStop(input);
    const { deploymentId } = input.job.cluster;
    const happens = input.next && meanwhile.get(deploymentId);
    if (!happens) return answer;
    meanwhile.delete(deploymentId);
    await happens();
    throw new Error('the connection to Temporal was lost');
  },
  awaitStoppable: async (input) => {
    const { deploymentId } = input.job.cluster;
    const happens = !meanwhile.has(deploymentId) && again.get(deploymentId);
    if (happens) {
      again.delete(deploymentId);
      await happens();
    }
    return activities.awaitStoppable(input);
  },
});

let story: Story;
beforeAll(async () => {
  story = await Story.open({ delivered: unheard });
});
afterAll(() => story.close());

const scaled = { template: { spec: { parallelism: 2 } } };

const grown = async (): Promise<string> => {
  const id = await story.running();
  await story.checkpointed(id);
  return id;
};

const newJobRuns = (id: string) =>
  story.until(
    () => story.world.liveJobs(id).map((job) => job.parallelism),
    ([first]) => first === 2,
    'the new job runs',
  );

describe.concurrent('nobody heard that the stop handed over to the standby (S1, S2, S22)', () => {
  test('the old JobManager tells it again: one submission, and the upgrade goes on', async () => {
    const id = await grown();
    meanwhile.set(id, async () => undefined);
    await story.patch(id, scaled);
    await story.reaches(id, 'RUNNING');
    expect(meanwhile.has(id)).toBe(false);
    expect(story.world.jobs(id).map((job) => job.parallelism)).toEqual([1, 2]);
    story.lostNothing(id);
  });

  test('the old JobManager is gone: the job that runs already is found, and none is submitted beside it', async () => {
    const id = await grown();
    const old = story.world.serving(id);
    meanwhile.set(id, async () => {
      await newJobRuns(id);
      old.killJobManager();
    });
    await story.patch(id, scaled);
    await story.reaches(id, 'RUNNING');
    expect(story.world.jobs(id).map((job) => job.parallelism)).toEqual([1, 2]);
    story.lostNothing(id);
  });

  test('and it is not wanted any more: what the new job did is kept for the next one', async () => {
    const id = await grown();
    const old = story.world.serving(id);
    meanwhile.set(id, async () => {
      await newJobRuns(id);
      await story.checkpointed(id);
      old.killJobManager();
      await story.patch(id, { state: 'SUSPENDED' });
    });
    await story.patch(id, scaled);
    await story.reaches(id, 'SUSPENDED');
    story.nothingLeft(id);
    await story.patch(id, { state: 'RUNNING' });
    await story.reaches(id, 'RUNNING');
    story.lostNothing(id);
  });

  test('and its attempt failed: when the next one is called off, what the new job did is kept', async () => {
    const id = await grown();
    const old = story.world.serving(id);
    meanwhile.set(id, async () => {
      await newJobRuns(id);
      await story.checkpointed(id);
      old.killJobManager();
      throw ApplicationFailure.nonRetryable('the answer could not be read', 'SAVEPOINT_FAILED');
    });
    again.set(id, () => story.patch(id, { state: 'SUSPENDED' }));
    await story.patch(id, scaled);
    await story.reaches(id, 'SUSPENDED');
    expect(again.has(id)).toBe(false);
    story.nothingLeft(id);
    await story.patch(id, { state: 'RUNNING' });
    await story.reaches(id, 'RUNNING');
    story.lostNothing(id);
  });
});

test('every history of these stories replays, and no promise was broken', () => story.judge());
