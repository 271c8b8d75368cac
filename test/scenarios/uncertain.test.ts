import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Story } from '../support/story.ts';

let story: Story;
/** Its storage goes away, which all its Deployments notice: one test at a time. */
let alone: Story;
beforeAll(async () => {
  [story, alone] = await Promise.all([Story.open(), Story.open()]);
});
afterAll(() => Promise.all([story.close(), alone.close()]));

const lastStart = (id: string) => story.world.lineage.starts(id).at(-1);

type Spec = Parameters<Story['create']>[0];

async function grown(spec: Spec = {}, options = {}, from = story): Promise<string> {
  const id = await from.running(spec, options);
  await from.checkpointed(id);
  return id;
}

/** A job whose state goes where only Flink can look. */
const inBucket = (spec: Spec = {}): Promise<string> => {
  const flinkConfiguration = {
    'state.checkpoints.dir': 's3://b/c',
    'state.savepoints.dir': 's3://b/s',
  };
  return grown({ ...spec, template: { flinkConfiguration } });
};

/** Its JobManager dies, and with it the only one who knows the newest checkpoint. @returns that checkpoint. */
async function unsure(spec: Spec = {}): Promise<{ id: string; newest: string }> {
  const id = await inBucket(spec);
  const job = story.world.liveJob(id);
  story.world.serving(id).killAll();
  await failsUncertain(id);
  return { id, newest: job.checkpoints.view().newest?.path ?? '' };
}

async function failsUncertain(id: string, from = story): Promise<void> {
  const record = await from.until(
    () => from.record(id),
    ({ status }) => status.failure?.reason === 'RESTORE_POINT_UNCERTAIN',
    'it is uncertain',
  );
  expect(record.status.state).toBe('FAILED');
}

/** A wish, and the same answer as before: nobody can tell. */
async function staysUncertain(id: string, wish: () => Promise<unknown>): Promise<void> {
  const answers = async () =>
    (await story.eventNames(id)).filter(
      (name) => name === 'TERMINATING_A_JOB_DUE_TO_AN_UNRECOVERABLE_FAILURE',
    ).length;
  const before = await answers();
  await wish();
  await story.until(answers, (count) => count > before, 'it was asked again');
  await failsUncertain(id);
}

const register = (id: string, location: string) =>
  story.commands.registerSavepoint(
    { namespace: 'default', id },
    { requestId: randomUUID(), location },
  );

describe.concurrent('the newest state is uncertain (reliability.md 2.2 rule 8, S3)', () => {
  test('it stays so over every wish, removing and starting nothing; a person names what to start from', async () => {
    const { id, newest } = await unsure();
    story.world.declareQuiet(id);
    await staysUncertain(id, () => story.signal(id, 'retry'));
    await staysUncertain(id, () => story.patch(id, { template: { spec: { parallelism: 2 } } }));
    await staysUncertain(id, () => story.patch(id, { state: 'CANCELLED' }));
    await staysUncertain(id, () => story.patch(id, { state: 'SUSPENDED' }));
    expect(story.world.clustersOf(id)).toHaveLength(1);
    const { advice } = await story.explain(id);
    expect(advice).toMatch(/retry.*register.*NONE.*forceCancel/);
    story.world.endQuiet(id);
    await register(id, newest);
    await story.patch(id, { state: 'RUNNING' });
    await story.reaches(id, 'RUNNING');
    expect(lastStart(id)?.path).toBe(newest);
    story.lostNothing(id);
  });

  test('restoreStrategy NONE accepts the loss', async () => {
    const { id } = await unsure();
    await story.patch(id, { restoreStrategy: { kind: 'NONE' } });
    await story.reaches(id, 'RUNNING');
    expect(lastStart(id)?.path).toBeUndefined();
    await story.until(
      () => story.world.clustersOf(id).length,
      (count) => count === 1,
      'the dead cluster is removed',
    );
  });

  test('forceCancel clears away, and what nobody read is not forgotten by the next run', async () => {
    const { id, newest } = await unsure();
    await story.signal(id, 'forceCancel');
    await story.reaches(id, 'CANCELLED');
    story.nothingLeft(id);
    await story.patch(id, { state: 'RUNNING' });
    await failsUncertain(id);
    expect(story.world.lineage.starts(id)).toHaveLength(1);
    await register(id, newest);
    await story.signal(id, 'retry');
    await story.reaches(id, 'RUNNING');
    story.lostNothing(id);
  });
});

describe.concurrent('what is not answered is asked again (S25)', () => {
  test('a cancel loses answers about checkpoints: the newest is kept all the same', async () => {
    const id = await inBucket();
    const lost = { fired: 0 };
    const off = story.world.happenings.on('job-ended', (seen) => {
      if (seen.deploymentId !== id) return;
      off();
      const target = { kind: 'checkpoints' as const, deploymentId: id, times: 3 };
      const fault = story.world.fault(target, { is: 'answer-lost' });
      Object.defineProperty(lost, 'fired', { get: () => fault.fired });
    });
    await story.patch(id, { state: 'CANCELLED' });
    await story.reaches(id, 'CANCELLED');
    expect(lost.fired).toBe(3);
    await story.patch(id, { state: 'RUNNING' });
    await story.reaches(id, 'RUNNING');
    story.lostNothing(id);
  });

  test('a job fails, and its JobManager is silent for long: nothing is taken for granted (R01)', async () => {
    const id = await inBucket();
    const job = story.world.liveJob(id);
    const { clusterId } = job;
    const off = story.world.onAnswer('exceptions', (entry) => {
      if (entry.clusterId === clusterId) story.world.rest(clusterId, 'silent');
    });
    job.fail('RuntimeException: poison');
    const unanswered = () =>
      story.world.trace.calls('jobState', id).filter(({ answer }) => answer === 'unreachable');
    await story.until(unanswered, (calls) => calls.length > 2, 'it is asked again and again');
    expect(story.world.clustersOf(id)).toHaveLength(1);
    off();
    story.world.rest(clusterId, 'answers');
    await story.until(
      () => story.world.liveJobs(id).length,
      (live) => live === 1,
      'it is recovered',
    );
    await story.reaches(id, 'RUNNING');
    story.lostNothing(id);
  });
});

describe.concurrent("savepoints are ranked by Flink's own ids (S3)", () => {
  test.for(['LATEST_STATE', 'LATEST_SAVEPOINT'] as const)(
    "the JobManager dies right after a user's savepoint: %s restores it (F21)",
    async (kind) => {
      const id = await grown({ restoreStrategy: { kind } });
      const earlier = await story.savepoint(id);
      await story.until(
        () => story.store.savepoints.get(earlier.id),
        (row) => row?.state === 'COMPLETED',
        'an earlier savepoint is complete',
      );
      const off = story.world.happenings.on('savepoint-written', (seen) => {
        if (seen.deploymentId !== id) return;
        off();
        story.world.cluster(seen.clusterId).killJobManager();
      });
      const dead = story.world.liveJob(id).id;
      const asked = await story.savepoint(id);
      await story.until(
        () => story.record(id),
        ({ status }) =>
          status.state === 'RUNNING' && status.running?.jobId.replaceAll('-', '') !== dead,
        'it is recovered',
      );
      const row = await story.store.savepoints.get(asked.id);
      expect(row?.state).toBe('COMPLETED');
      expect(lastStart(id)?.path).toBe(row?.location);
      story.lostNothing(id);
    },
  );

  test('a stop that failed after it was given up, and the job went on: no later one takes its savepoint (R02)', async () => {
    const settings = { savepointTimeoutMs: 100 };
    const { id } = await story.create(
      {
        state: 'CANCELLED',
        maxSavepointCreationAttempts: 1,
        restoreStrategy: { kind: 'LATEST_SAVEPOINT' },
      },
      { settings },
    );
    // Longer than a crowded machine takes from the stop to the first look at it: each is to be given up.
    story.program(id, { slowCheckpointMs: 5_000 });
    await story.patch(id, { state: 'RUNNING' });
    await story.reaches(id, 'RUNNING');
    story.world.outcome(id, 'stop', { is: 'job-fails', ending: 'restarts' });
    await story.patch(id, { state: 'SUSPENDED' });
    await story.reaches(id, 'FAILED');
    const job = story.world.liveJob(id);
    await story.until(
      () => job.restarts,
      (restarts) => restarts === 1 && job.canCapture,
      'the job goes on after its savepoint',
    );
    await story.patch(id, { state: 'RUNNING' });
    await story.reaches(id, 'RUNNING');
    await story.patch(id, { state: 'SUSPENDED' });
    await story.reaches(id, 'FAILED');
    expect(story.world.trace.count('stopWithSavepoint', id)).toBe(2);
    await story.until(
      () => story.world.liveJobs(id).length,
      (live) => live === 0,
      'the second stop ends it',
    );
    await story.signal(id, 'retry');
    await story.reaches(id, 'SUSPENDED');
    await story.patch(id, { state: 'RUNNING' });
    await story.reaches(id, 'RUNNING');
    story.lostNothing(id);
  });
});

describe.concurrent('a stop whose savepoint is good while its job went on (2.2 rule 8)', () => {
  test('what the job completed after it, before it failed for good, is newer (R02)', async () => {
    const id = await grown();
    const job = story.world.liveJob(id);
    story.world.outcome(id, 'stop', { is: 'job-fails', ending: 'restarts' });
    // The looks at the stop are held back until the job has gone on for a while.
    const off = story.world.onCall('savepointOperation', async (entry) => {
      const stillStops = job.state === 'RUNNING' && job.restarts === 0;
      if (entry.flinkJobId !== job.id || stillStops || job.isTerminal) return;
      const before = job.checkpoints.view().counts.completed;
      await story.until(
        () => job.checkpoints.view().counts.completed,
        (count) => count > before,
        'it has completed another checkpoint',
      );
      if (!job.isTerminal) job.fail('RuntimeException: poison');
    });
    await story.patch(id, { template: { spec: { parallelism: 2 } } });
    await story.until(
      () => story.world.liveJobs(id).at(0)?.parallelism,
      (parallelism) => parallelism === 2,
      'the new spec runs',
    );
    off();
    await story.reaches(id, 'RUNNING');
    const start = lastStart(id);
    expect(start?.path).toContain('/chk-');
    // The newest, that is. The savepoint may have counted further: Flink let the job begin again before it.
    expect(start?.counter).toBe(start?.newest.any);
    expect(story.world.oversights(id)).toEqual([]);
  });
});

describe('files that are not there', () => {
  test('the newest checkpoint was removed: FAILED naming it, never an older one (F23, F45)', async () => {
    const id = await alone.running();
    await alone.checkpointed(id);
    const saved = await alone.savepoint(id);
    await alone.until(
      () => alone.store.savepoints.get(saved.id),
      (row) => row?.state === 'COMPLETED',
      'an older savepoint is complete',
    );
    const job = alone.world.liveJob(id);
    const jobId = (await alone.record(id)).status.running?.jobId ?? '';
    await alone.until(
      () => alone.store.observations.get(jobId),
      (seen) => seen?.checkpoint?.isSavepoint === false,
      'the watcher has seen a later checkpoint',
    );
    alone.world.serving(id).killAll();
    const newest = job.checkpoints.view().newest?.path ?? '';
    expect(newest).toContain('/chk-');
    alone.world.storage.lose(newest);
    const failed = await alone.reaches(id, 'FAILED');
    expect(failed.status.failure?.reason).toBe('RESTORE_POINT_GONE');
    expect(failed.status.failure?.message).toContain('/chk-');
  });

  test('the storage is not mounted: unknown, not absent; once it is, the newest is restored (S25)', async () => {
    const id = await grown({}, {}, alone);
    alone.world.serving(id).killAll();
    alone.world.storage.unmount();
    await failsUncertain(id, alone);
    alone.world.storage.mount();
    await alone.signal(id, 'retry');
    await alone.reaches(id, 'RUNNING');
    alone.lostNothing(id);
  });
});

test('every history of these stories replays, and no promise was broken', async () => {
  await story.judge();
  await alone.judge();
});
