import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Story } from '../support/story.ts';
import { needed, start } from '../support/story-events.ts';

let story: Story;
beforeAll(async () => {
  story = await Story.open();
});
afterAll(() => story.close());

const recovered = [needed, 'FOUND_A_STOPPED_JOB_AND_WILL_TERMINATE_IT', ...start.slice(1)];

async function grown(spec: Parameters<Story['create']>[0] = {}): Promise<string> {
  const id = await story.running(spec);
  await story.checkpointed(id);
  return id;
}

/** Waits for another job than this to be declared RUNNING. */
const replaced = (id: string, flinkJobId: string) =>
  story.until(
    () => story.record(id),
    ({ status }) =>
      status.state === 'RUNNING' && status.running?.jobId.replaceAll('-', '') !== flinkJobId,
    'another job runs',
  );

describe.concurrent('recovery (M32, L4)', () => {
  test('a job that Flink gave up comes back on a new cluster from its checkpoint (F28)', async () => {
    const id = await grown();
    const [cluster] = story.world.clustersOf(id);
    const dead = story.world.liveJob(id);
    dead.fail('RuntimeException: poison');
    await replaced(id, dead.id);
    story.lostNothing(id);
    expect(story.world.serving(id).clusterId).not.toBe(cluster?.clusterId);
    expect(await story.eventNames(id, start.length)).toEqual(recovered);
    const [first] = await story.store.jobs.list('default', { deploymentId: id });
    expect(first).toMatchObject({ state: 'FAILED' });
    expect(first?.failure?.message).toContain('poison');
  });

  test('the JobManager is killed: no second job before its tasks are gone (S1, F26)', async () => {
    const id = await grown();
    const dead = story.world.liveJob(id);
    story.world.serving(id).killJobManager();
    await replaced(id, dead.id);
    story.lostNothing(id);
  });

  test('everything is killed at once', async () => {
    const id = await grown();
    const dead = story.world.liveJob(id);
    story.world.serving(id).killAll();
    await replaced(id, dead.id);
    story.lostNothing(id);
  });

  test('someone cancels the job in Flink: it is wanted, so it comes back (F31)', async () => {
    const id = await grown();
    const dead = story.world.liveJob(id);
    dead.cancel();
    await replaced(id, dead.id);
    story.lostNothing(id);
  });

  test('a TaskManager is killed: mended on the same cluster, the same job goes on (F32)', async () => {
    const id = await grown();
    const job = story.world.liveJob(id);
    story.world.serving(id).killTaskManager();
    await story.until(
      () => story.world.serving(id).registered.length,
      (registered) => registered === 1,
      'the TaskManager is back',
    );
    await story.until(
      () => job.canCapture,
      (running) => running,
      'the job runs again',
    );
    expect(story.world.liveJob(id).id).toBe(job.id);
    expect((await story.record(id)).status.state).toBe('RUNNING');
  });

  test('a TaskManager dies while the standby comes up: it is mended, then the upgrade goes on (F32, S26)', async () => {
    // The watcher has ended for the step and looks seldom: nobody but the step itself can notice.
    const id = await story.running({}, { settings: { savepointTimeoutMs: 60_000, pollMs: 2_000 } });
    await story.checkpointed(id);
    const [old] = story.world.clustersOf(id);
    const off = story.world.onCall('ensure', (entry) => {
      if (entry.deploymentId !== id) return;
      off();
      old?.killTaskManager();
    });
    await story.patch(id, { template: { spec: { parallelism: 2 } } });
    await story.reaches(id, 'RUNNING');
    expect((await story.messages(id)).join('\n')).toContain('0 of 1 TaskManagers run');
    expect(story.world.jobs(id)).toHaveLength(2);
    story.lostNothing(id);
  });

  test('the job dies while a standby does not come up: recovered at once, as the document says now (L4)', async () => {
    const id = await grown();
    const dead = story.world.liveJob(id);
    const stuck = story.world.fault({ kind: 'uploadJar', deploymentId: id }, { is: 'hangs' });
    await story.patch(id, { template: { spec: { parallelism: 2 } } });
    await story.until(
      () => stuck.fired,
      (fired) => fired === 1,
      'the standby hangs',
    );
    dead.fail('RuntimeException: poison');
    await replaced(id, dead.id);
    expect(story.world.liveJob(id).parallelism).toBe(2);
    story.lostNothing(id);
    await story.until(
      () => story.world.clustersOf(id).length,
      (left) => left === 1,
      'the standby and the old cluster are removed',
    );
  });

  test('a suspend finds a TaskManager missing: mended first, no attempt is burnt (F32, S6)', async () => {
    const id = await story.running(
      { maxSavepointCreationAttempts: 1 },
      { settings: { savepointTimeoutMs: 60_000, pollMs: 2_000 } },
    );
    await story.checkpointed(id);
    story.world.serving(id).killTaskManager();
    await story.patch(id, { state: 'SUSPENDED' });
    await story.reaches(id, 'SUSPENDED');
    await story.patch(id, { state: 'RUNNING' });
    await story.reaches(id, 'RUNNING');
    story.lostNothing(id);
  });

  test('a TaskManager that dies again and again: mended as often as the limit, then FAILED, the job kept (S8, S26)', async () => {
    const id = await story.running(
      { maxSavepointCreationAttempts: 2 },
      { settings: { savepointTimeoutMs: 300, pollMs: 2_000 } },
    );
    await story.checkpointed(id);
    const job = story.world.liveJob(id).id;
    const cluster = story.world.serving(id);
    cluster.killTaskManager();
    const off = story.world.onAnswer('ensure', (entry) => {
      if (entry.deploymentId === id) cluster.killTaskManager();
    });
    await story.patch(id, { state: 'SUSPENDED' });
    await story.reaches(id, 'FAILED');
    off();
    const lines = await story.messages(id);
    expect(lines.filter((line) => line.includes('not as it should be'))).toHaveLength(2);
    expect(lines.at(-1)).toMatch(/0 of 1 TaskManagers run: .*, and it was mended often enough/);
    expect(story.world.liveJob(id).id).toBe(job);
  });

  test('a job that keeps dying is recovered for ever, later and later (L4, api.md 3.6)', async () => {
    const settings = { recoveryBackoffMs: 200, recoveryBackoffMaxMs: 1_600 };
    const { id } = await story.create({ state: 'CANCELLED' }, { settings });
    story.diesOnceRunning(id);
    await story.patch(id, { state: 'RUNNING' });
    await story.until(
      () => story.world.jobs(id).length,
      (jobs) => jobs >= 4,
      'it was started four times',
    );
    // From the third start on the back-off alone is at least 200, 400 ms.
    const began = story.world.jobs(id).map((job) => job.startTime);
    const ended = story.world.jobs(id).map((job) => job.endTime ?? 0);
    const waits = [2, 3].map((n) => (began[n] ?? 0) - (ended[n - 1] ?? 0));
    expect(waits.map((ms, n) => ms >= 200 * 2 ** n)).toEqual([true, true]);
    await story.patch(id, { state: 'CANCELLED' });
    await story.reaches(id, 'CANCELLED');
    story.nothingLeft(id);
    story.lostNothing(id);
  });

  test('with jobFailureExpirationTime, too many failures within it are FAILED (api.md 3.6, R34)', async () => {
    const { id } = await story.create({
      state: 'CANCELLED',
      maxJobCreationAttempts: 2,
      jobFailureExpirationTime: '10m',
    });
    story.diesOnceRunning(id);
    await story.patch(id, { state: 'RUNNING' });
    const failed = await story.reaches(id, 'FAILED');
    expect(failed.status.failure?.message).toContain('failed 2 times within 10m');
    story.nothingLeft(id);
  });

  test('it completed a checkpoint before it was declared RUNNING: it has run, and goes on from there (2.4)', async () => {
    const { id } = await story.create({ state: 'CANCELLED', maxJobCreationAttempts: 1 });
    // The looks at the new job are held back until it has died.
    const off = story.world.onCall('job', async (entry) => {
      const [first] = story.world.jobs(id);
      if (!first || first.isTerminal || entry.flinkJobId !== first.id) return;
      await story.checkpointed(id);
      first.fail('RuntimeException: poison');
    });
    await story.patch(id, { state: 'RUNNING' });
    await story.reaches(id, 'RUNNING');
    off();
    expect(story.world.jobs(id)).toHaveLength(2);
    story.lostNothing(id);
  });

  test('suspend, but the job has failed: SUSPENDED from what it left (F38)', async () => {
    const id = await grown();
    const off = story.world.onCall('stopWithSavepoint', (entry) => {
      if (entry.deploymentId !== id) return;
      off();
      story.world.liveJob(id).fail('RuntimeException: too late');
    });
    await story.patch(id, { state: 'SUSPENDED' });
    await story.reaches(id, 'SUSPENDED');
    await story.patch(id, { state: 'RUNNING' });
    await story.reaches(id, 'RUNNING');
    story.lostNothing(id);
  });

  test('suspend, but the job has failed and left nothing: FAILED, it claims nothing (F38)', async () => {
    const { id } = await story.create({ state: 'CANCELLED' });
    story.program(id, { checkpointing: false });
    await story.patch(id, { state: 'RUNNING' });
    await story.reaches(id, 'RUNNING');
    const off = story.world.onCall('stopWithSavepoint', (entry) => {
      if (entry.deploymentId !== id) return;
      off();
      story.world.liveJob(id).fail('RuntimeException: too late');
    });
    await story.patch(id, { state: 'SUSPENDED' });
    await story.reaches(id, 'FAILED');
    expect((await story.eventNames(id)).at(-1)).toBe('COULD_NOT_FIND_A_JOB_TO_SUSPEND');
    story.nothingLeft(id);
  });
});

test('every history of these stories replays, and no promise was broken', () => story.judge());
