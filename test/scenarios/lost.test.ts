import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { clusterIdOf, jobIdOf } from '../../src/core/ids.ts';
import { deploymentWorkflowId } from '../../workflows/messages.ts';
import { lose, loseAt, takeUp } from '../support/losing.ts';
import { Story } from '../support/story.ts';

let story: Story;
beforeAll(async () => {
  story = await Story.open();
});
afterAll(() => story.close());

/** No answer ever comes: the step waits, its workflow can be lost at leisure. */
const silence = { is: 'hangs' } as const;

const scale = (parallelism: number) => ({ template: { spec: { parallelism } } });

async function grown(spec: Parameters<Story['create']>[0] = {}): Promise<string> {
  const id = await story.running(spec);
  await story.checkpointed(id);
  return id;
}

/** A suspended Deployment, and a cluster of its next Job, which the store has forgotten: it was restored from a backup. */
async function forgetful(): Promise<{ id: string; clusterId: string }> {
  const id = await grown();
  const { spec } = story.world.serving(id);
  await story.patch(id, { state: 'SUSPENDED' });
  await story.reaches(id, 'SUSPENDED');
  const jobId = jobIdOf(id, 2, 1);
  const clusterId = clusterIdOf(jobId);
  await story.world.target.ensure({ ...spec, clusterId, jobId }, never);
  story.world.cluster(clusterId).killAll();
  await lose(story, id);
  await takeUp(story, id);
  const failed = await story.reaches(id, 'FAILED');
  expect(failed.status.failure?.reason).toBe('CLUSTER_NOT_RECORDED');
  expect(failed.status.failure?.message).toContain(clusterId);
  return { id, clusterId };
}

const never = new AbortController().signal;

describe.concurrent('the store was restored from a backup: it is older than what runs (2.1, S1, S3)', () => {
  test('a cluster in no record: nothing is started or ended before a person has looked', async () => {
    const { id, clusterId } = await forgetful();
    await story.patch(id, { state: 'RUNNING' });
    await story.until(
      () => story.messages(id),
      (told) => told.filter((message) => message.includes(clusterId)).length >= 2,
      'it is said again',
    );
    await story.reaches(id, 'FAILED');
    expect(story.world.jobs(id)).toHaveLength(1);
    expect(story.world.clustersOf(id).map((one) => one.clusterId)).toEqual([clusterId]);
    await story.world.target.destroy(story.world.cluster(clusterId).spec, never);
    await story.signal(id, 'retry');
    await story.reaches(id, 'RUNNING');
    story.lostNothing(id);
  });

  test('forced, it is named and left, and no later Job bears its id (S23)', async () => {
    const { id, clusterId } = await forgetful();
    await story.signal(id, 'forceCancel');
    await story.reaches(id, 'CANCELLED');
    const told = (await story.messages(id)).filter((message) => message.includes('Left behind'));
    expect(told.join()).toContain(clusterId);
    await story.patch(id, { state: 'RUNNING' });
    await story.reaches(id, 'RUNNING');
    const jobs = await story.store.jobs.list('default', { deploymentId: id });
    expect(jobs.map(({ sequence }) => sequence).sort()).toEqual([1, 3]);
    expect(story.world.clustersOf(id).map((one) => one.clusterId)).toContain(clusterId);
    story.lostNothing(id);
  });
});

describe.concurrent('a workflow terminated by hand is made again from the store (F65, S21)', () => {
  test('while RUNNING: the same job is adopted, under a higher fence', async () => {
    const id = await grown();
    const job = story.world.liveJob(id).id;
    story.world.declareQuiet(id);
    await lose(story, id);
    expect(await takeUp(story, id)).toBe('restored');
    const record = await story.until(
      () => story.record(id),
      ({ fence }) => fence === 2,
      'the fence is raised',
    );
    expect(record.status.state).toBe('RUNNING');
    await story.until(
      () => story.explain(id),
      ({ step }) => step === 'wait',
      'it has taken stock',
    );
    expect(story.world.liveJob(id).id).toBe(job);
    story.world.endQuiet(id);
    await story.patch(id, { state: 'CANCELLED' });
    await story.reaches(id, 'CANCELLED');
    story.nothingLeft(id);
  });

  test.for(['ensure', 'run', 'job'] as const)(
    'in a start, at its %s: what was begun goes, one job runs in the end',
    async (kind) => {
      const { id } = await story.create({ state: 'CANCELLED' });
      const lost = loseAt(story, id, kind);
      await story.patch(id, { state: 'RUNNING' });
      await lost;
      await takeUp(story, id);
      await story.reaches(id, 'RUNNING');
      expect(story.world.liveJobs(id)).toHaveLength(1);
      story.lostNothing(id);
      await story.until(
        () => story.world.clustersOf(id).length,
        (count) => count === 1,
        'one cluster is left',
      );
    },
  );

  test.for(['ensure', 'stopWithSavepoint', 'savepointOperation', 'destroy'] as const)(
    'in a STATEFUL upgrade, at its %s: it ends as wanted, nothing lost',
    async (kind) => {
      const id = await grown();
      story.world.expectSavepointBeforeStop(id);
      const lost = loseAt(story, id, kind);
      await story.patch(id, scale(2));
      await lost;
      await takeUp(story, id);
      await story.until(
        () => story.record(id),
        ({ status }) => status.state === 'RUNNING' && story.world.liveJob(id).parallelism === 2,
        'the upgrade has ended',
      );
      story.lostNothing(id);
    },
  );

  test.for(['SUSPENDED', 'CANCELLED'] as const)(
    'in a STATEFUL upgrade, once the new job runs, and the next call asks for %s: what it did is kept (S2, S3)',
    async (wanted) => {
      const id = await grown();
      const silent = story.world.fault({ kind: 'jobConfiguration', deploymentId: id }, silence);
      await story.patch(id, scale(2));
      await story.until(
        () => story.world.liveJobs(id).map((job) => job.parallelism),
        ([parallelism]) => parallelism === 2,
        'the new job is submitted',
      );
      await story.checkpointed(id);
      await lose(story, id);
      silent.callOff();
      await story.patch(id, { state: wanted });
      await story.reaches(id, wanted);
      story.nothingLeft(id);
      await story.patch(id, { state: 'RUNNING' });
      await story.reaches(id, 'RUNNING');
      story.lostNothing(id);
    },
  );

  test('cancelling the workflow by hand ends no Deployment: its job would run on unwatched', async () => {
    const id = await grown();
    const job = story.world.liveJob(id).id;
    await story.workflow(id).cancel();
    const reply = await story.patch(id, {}, { labels: { still: 'here' } });
    expect(reply).toMatchObject({
      fence: 1,
      labels: { still: 'here' },
      status: { state: 'RUNNING' },
    });
    expect(story.world.liveJob(id).id).toBe(job);
    await story.patch(id, { state: 'SUSPENDED' });
    await story.reaches(id, 'SUSPENDED');
    await story.workflow(id).cancel();
    await story.patch(id, { state: 'RUNNING' });
    await story.reaches(id, 'RUNNING');
    await story.patch(id, { state: 'CANCELLED' });
    await story.reaches(id, 'CANCELLED');
    story.nothingLeft(id);
    story.lostNothing(id);
  });

  test('cancelled by hand in the middle of a step: the step goes on', async () => {
    const { id } = await story.create({ state: 'CANCELLED' });
    const cancelled = new Promise<void>((done, failed) => {
      const off = story.world.onCall('run', async (entry) => {
        if (entry.deploymentId !== id) return;
        off();
        await story
          .workflow(id)
          .cancel()
          .then(() => done(), failed);
      });
    });
    await story.patch(id, { state: 'RUNNING' });
    await cancelled;
    await story.reaches(id, 'RUNNING');
    expect(story.world.jobs(id)).toHaveLength(1);
  });

  describe("a predecessor's step that is still open is waited for", () => {
    /** What a re-created workflow meets when its predecessor's child has not ended yet. */
    async function meetsNamesake(): Promise<{ id: string; end: () => Promise<unknown> }> {
      const { id } = await story.create({ state: 'CANCELLED' });
      const workflowId = `${deploymentWorkflowId('default', id)}/start-job/1`;
      const options = { workflowId, taskQueue: 'nobody-listens' };
      const namesake = await story.client.workflow.start('startJob', options);
      await story.patch(id, { state: 'RUNNING' });
      await story.until(
        async () => (await story.workflow(id).fetchHistory()).events ?? [],
        (events) => events.some((one) => one.startChildWorkflowExecutionFailedEventAttributes),
        'the step was refused',
      );
      return { id, end: () => namesake.terminate('its parent is gone') };
    }

    test('and when it has ended the step goes on', async () => {
      const { id, end } = await meetsNamesake();
      expect((await story.record(id)).status.state).toBe('TRANSITIONING');
      await end();
      await story.reaches(id, 'RUNNING');
      expect(story.world.jobs(id)).toHaveLength(1);
    });

    test('but not by who wants something else (L7)', async () => {
      const { id, end } = await meetsNamesake();
      await story.patch(id, { state: 'CANCELLED' });
      await story.reaches(id, 'CANCELLED');
      await end();
      story.nothingLeft(id);
      expect((await story.record(id)).fence).toBe(1);
    });
  });

  test('a change asked of a lost Deployment is applied by its next incarnation', async () => {
    const id = await grown();
    await lose(story, id);
    const reply = await story.patch(id, scale(2));
    expect(reply.fence).toBe(2);
    await story.until(
      () => story.record(id),
      ({ status }) => status.state === 'RUNNING' && story.world.liveJob(id).parallelism === 2,
      'the change is effective',
    );
    story.lostNothing(id);
  });
});

test('every history of these stories replays, and no promise was broken', () => story.judge());
