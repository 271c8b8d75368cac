import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Story } from '../support/story.ts';

let story: Story;
beforeAll(async () => {
  story = await Story.open();
});
afterAll(() => story.close());

/** No start of these stories is to end by its deadline. */
const settings = { startTimeoutMs: 600_000 };

const jobsOf = (id: string) => story.store.jobs.list('default', { deploymentId: id });
const mendings = async (id: string) =>
  (await story.messages(id)).filter((line) => line.includes('not as it should be'));

async function created(
  program: Parameters<Story['program']>[1] = {},
  spec: Parameters<Story['create']>[0] = {},
): Promise<string> {
  const { id } = await story.create({ ...spec, state: 'CANCELLED' }, { settings });
  story.program(id, program);
  return id;
}

describe.concurrent('a job that Flink restarts for ever (F24)', () => {
  test('it cannot read its state: each attempt ends with the root cause, the old code runs on from it', async () => {
    const id = await created({}, { maxJobCreationAttempts: 2 });
    await story.patch(id, { state: 'RUNNING' });
    await story.reaches(id, 'RUNNING');
    await story.checkpointed(id);
    story.program(id, { stateType: 'string' });
    await story.patch(id, { template: { spec: { parallelism: 2 } } });
    const failed = await story.reaches(id, 'FAILED');
    expect(failed.status.failure?.message).toMatch(
      /failed 10 times before all its tasks ran.*StateMigrationException/,
    );
    const attempts = (await story.messages(id)).filter((line) =>
      line.startsWith('FAILED_CREATING'),
    );
    expect(attempts).toHaveLength(2);
    expect(attempts.join()).toContain('StateMigrationException');
    expect((await jobsOf(id)).map(({ state }) => state)).toEqual([
      'TERMINATED',
      'FAILED',
      'FAILED',
    ]);
    story.nothingLeft(id);
    story.program(id, {});
    await story.patch(id, { template: { spec: { parallelism: 1 } } });
    await story.reaches(id, 'RUNNING');
    story.lostNothing(id);
  });

  test('one that fails a few times and then runs is accepted', async () => {
    const id = await created({}, { maxJobCreationAttempts: 1 });
    const counted = () => story.world.trace.count('exceptions', id);
    const off = story.world.onCall('job', (entry) => {
      const [job] = story.world.jobs(id);
      if (entry.deploymentId === id && job && counted() < 3) job.crash('ConnectException: not yet');
    });
    await story.patch(id, { state: 'RUNNING' });
    await story.reaches(id, 'RUNNING');
    off();
    expect(counted()).toBeGreaterThanOrEqual(3);
    expect(await jobsOf(id)).toHaveLength(1);
  });

  test('one that completed a checkpoint between its failures has run: nothing of that is lost (2.4)', async () => {
    const id = await created({}, { maxJobCreationAttempts: 1 });
    // The looks at the first job always meet it in a restart.
    const off = story.world.onCall('job', async (entry) => {
      const [first] = story.world.jobs(id);
      if (!first?.isLive || entry.flinkJobId !== first.id) return;
      await story.checkpointed(id);
      first.crash('RuntimeException: poison');
    });
    await story.patch(id, { state: 'RUNNING' });
    await story.reaches(id, 'RUNNING');
    off();
    expect((await story.messages(id)).join('\n')).toContain('failed 10 times before');
    expect(story.world.jobs(id)).toHaveLength(2);
    story.lostNothing(id);
  });
});

describe.concurrent('a TaskManager dies during a start (F32)', () => {
  test('after the submit: it is mended, and the same Job comes up', async () => {
    const id = await created({}, { maxJobCreationAttempts: 1 });
    const off = story.world.onAnswer('run', (entry) => {
      if (entry.deploymentId === id) story.world.serving(id).killTaskManager();
    });
    await story.patch(id, { state: 'RUNNING' });
    await story.reaches(id, 'RUNNING');
    off();
    expect(await mendings(id)).toHaveLength(1);
    expect(await jobsOf(id)).toHaveLength(1);
  });

  test('again and again: mended as often as the limit, then the attempt has failed and says why', async () => {
    const id = await created({}, { maxJobCreationAttempts: 2 });
    const kill = (entry: { deploymentId?: string; clusterId?: string }) => {
      if (entry.deploymentId !== id) return;
      const cluster = story.world.clustersOf(id).find((one) => one.clusterId === entry.clusterId);
      if (cluster && cluster.ownJobs.length > 0) cluster.killTaskManager();
    };
    const offs = [story.world.onAnswer('run', kill), story.world.onAnswer('ensure', kill)];
    await story.patch(id, { state: 'RUNNING' });
    const failed = await story.reaches(id, 'FAILED');
    for (const off of offs) off();
    expect(failed.status.failure).toMatchObject({
      reason: 'CLUSTER_START_FAILED',
      message: '0 of 1 TaskManagers run: 1 TaskManager(s) exited',
    });
    expect(await mendings(id)).toHaveLength(2 * 2);
    story.nothingLeft(id);
  });

  test('of the standby, while the old job stops: mended, and the upgrade goes on', async () => {
    const id = await created();
    await story.patch(id, { state: 'RUNNING' });
    await story.reaches(id, 'RUNNING');
    await story.checkpointed(id);
    const { clusterId } = story.world.serving(id);
    const off = story.world.onAnswer('stopWithSavepoint', (entry) => {
      if (entry.deploymentId !== id) return;
      off();
      const standby = story.world.clustersOf(id).find((one) => one.clusterId !== clusterId);
      standby?.killTaskManager();
    });
    await story.patch(id, { template: { spec: { parallelism: 2, numberOfTaskManagers: 2 } } });
    await story.reaches(id, 'RUNNING');
    expect(await mendings(id)).toHaveLength(1);
    expect(story.world.jobs(id)).toHaveLength(2);
    story.lostNothing(id);
  });

  test('under the warm-up job: the attempt has failed, the next one comes up', async () => {
    const id = await created();
    await story.patch(id, { state: 'RUNNING' });
    await story.reaches(id, 'RUNNING');
    await story.checkpointed(id);
    const off = story.world.onAnswer('run', (entry) => {
      if (entry.deploymentId !== id) return;
      off();
      story.world.cluster(entry.clusterId ?? '').killTaskManager();
    });
    await story.patch(id, { template: { spec: { parallelism: 2 } } });
    await story.reaches(id, 'RUNNING');
    const lines = await story.messages(id);
    expect(lines.find((line) => line.startsWith('FAILED_TO_CREATE_CLUSTER'))).toMatch(
      /\d of 2 TaskManagers run/,
    );
    story.lostNothing(id);
  });
});

test('every history of these stories replays, and no promise was broken', () => story.judge());
