import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Story } from '../support/story.ts';
import { start, stopWithSavepoint } from '../support/story-events.ts';

let story: Story;
beforeAll(async () => {
  story = await Story.open();
});
afterAll(() => story.close());

const savepointsOf = (id: string) => story.store.savepoints.list('default', { deploymentId: id });
const scale = (parallelism: number) => ({ template: { spec: { parallelism } } });

/** Waits for a job to have a checkpoint, then runs on with it: what is lost would show. */
async function grown(spec: Parameters<Story['create']>[0] = {}, options = {}): Promise<string> {
  const id = await story.running(spec, options);
  await story.checkpointed(id);
  return id;
}

describe.concurrent('outcomes of a stop with savepoint (reliability.md 2.2 rule 8)', () => {
  test('a failed savepoint is tried again, the job never stopped before one succeeded (M20, F14, S2)', async () => {
    const id = await grown();
    story.world.expectSavepointBeforeStop(id);
    story.world.outcome(id, 'stop', { is: 'fails' }, { is: 'fails' });
    await story.patch(id, { state: 'SUSPENDED' });
    await story.reaches(id, 'SUSPENDED');
    const names = await story.eventNames(id, start.length);
    const again = stopWithSavepoint.slice(1, 5);
    const retried = 'RECOVERABLE_FAILURE_WHILE_TRIGGERING_A_SAVEPOINT';
    expect(names.slice(1, 13)).toEqual([
      'CREATING_A_SAVEPOINT_BEFORE_SUSPENSION',
      ...again,
      retried,
      ...again,
      retried,
      'NEED_TO_TRIGGER_A_SAVEPOINT',
    ]);
    const rows = (await savepointsOf(id)).map(({ state }) => state).sort();
    expect(rows).toEqual(['COMPLETED', 'FAILED', 'FAILED']);
  });

  test('attempts used up: FAILED, the old job runs on with the same id; counts afresh after (M30, S8, F15)', async () => {
    const id = await grown({ maxSavepointCreationAttempts: 2 });
    story.world.expectSavepointBeforeStop(id);
    const before = story.world.liveJob(id).id;
    story.world.outcome(id, 'stop', { is: 'fails', cause: 'disk full' }, { is: 'fails' });
    await story.patch(id, scale(2));
    const failed = await story.reaches(id, 'FAILED');
    expect(failed.status.failure).toMatchObject({ reason: 'SAVEPOINT_FAILED' });
    story.world.declareQuiet(id);
    expect(story.world.clustersOf(id)).toHaveLength(1);
    const job = story.world.liveJob(id);
    expect(job.id).toBe(before);
    const counted = job.counter;
    await story.until(
      () => job.counter,
      (counter) => counter > counted + 50,
      'the old job counts on',
    );
    const names = await story.eventNames(id);
    // Between them: the cluster that was prepared for the new job goes unused.
    expect(names.slice(-3)).toEqual([
      'AN_UN_RECOVERABLE_FAILURE_WHILE_TRIGGERING_A_SAVEPOINT',
      'FOUND_A_JOB_TO_TERMINATE',
      'TOO_MANY_FAILED_SUSPENSION_ATTEMPTS',
    ]);
    story.world.endQuiet(id);
    story.world.outcome(id, 'stop', { is: 'fails' });
    await story.signal(id, 'retry');
    await story.reaches(id, 'RUNNING');
    expect(story.world.liveJob(id).parallelism).toBe(2);
    story.lostNothing(id);
  });

  test.for(['restarts', 'failed'] as const)(
    'the savepoint is good but the job %s while stopping: its end, then a start from it (F16, R02)',
    async (ending) => {
      const id = await grown();
      story.world.outcome(id, 'stop', { is: 'job-fails', ending });
      await story.patch(id, scale(2));
      await story.reaches(id, 'RUNNING');
      const completed = (await savepointsOf(id)).filter(({ origin }) => origin === 'SUSPEND');
      expect(completed.map(({ state }) => state)).toEqual(['COMPLETED']);
      expect(story.world.trace.count('stopWithSavepoint', id)).toBe(1);
      story.lostNothing(id);
    },
  );

  test('COMPLETED without a path: what the directory holds counts (F19)', async () => {
    const id = await grown();
    story.world.outcome(id, 'stop', { is: 'no-location' });
    await story.patch(id, { state: 'SUSPENDED' });
    await story.reaches(id, 'SUSPENDED');
    await story.patch(id, { state: 'RUNNING' });
    await story.reaches(id, 'RUNNING');
    story.lostNothing(id);
  });

  test('in progress for ever: attempts join it, none triggers a second, FAILED, the job runs (F20)', async () => {
    const id = await grown(
      { maxSavepointCreationAttempts: 2 },
      { settings: { savepointTimeoutMs: 100 } },
    );
    story.world.outcome(id, 'stop', { is: 'never-ends' });
    await story.patch(id, { state: 'SUSPENDED' });
    await story.reaches(id, 'FAILED');
    expect(story.world.trace.count('stopWithSavepoint', id)).toBe(1);
    expect(story.world.liveJobs(id)).toHaveLength(1);
    // Nor does another transition: two stops at once leave the job FAILED (flink.md 5).
    await story.signal(id, 'retry');
    await story.until(
      () => story.eventNames(id),
      (names) =>
        names.filter((name) => name === 'TOO_MANY_FAILED_SUSPENSION_ATTEMPTS').length === 2,
      'it has failed again',
    );
    expect(story.world.trace.count('stopWithSavepoint', id)).toBe(1);
  });

  test("slower than the setting, within Flink's own time-out: awaited, no attempt is burnt (F17)", async () => {
    const { id } = await story.create(
      { state: 'CANCELLED', maxSavepointCreationAttempts: 1 },
      { settings: { savepointTimeoutMs: 50 } },
    );
    story.program(id, { slowCheckpointMs: 400 });
    await story.patch(id, { state: 'RUNNING' });
    await story.reaches(id, 'RUNNING');
    const asked = await story.savepoint(id);
    await story.until(
      () => story.store.savepoints.get(asked.id),
      (row) => row?.state === 'COMPLETED',
      'the savepoint a user asked for is complete',
    );
    await story.patch(id, { state: 'SUSPENDED' });
    await story.reaches(id, 'SUSPENDED');
    expect(story.world.trace.count('stopWithSavepoint', id)).toBe(1);
  });

  test('a stop that ends after it was given up: its savepoint is found, SUSPENDED and not FINISHED (R16)', async () => {
    const { id } = await story.create(
      { state: 'CANCELLED', maxSavepointCreationAttempts: 1 },
      { settings: { savepointTimeoutMs: 50 } },
    );
    story.program(id, { slowCheckpointMs: 8_000 });
    await story.patch(id, { state: 'RUNNING' });
    await story.reaches(id, 'RUNNING');
    await story.patch(id, { state: 'SUSPENDED' });
    await story.reaches(id, 'FAILED');
    await story.until(
      () => story.world.liveJobs(id).length,
      (live) => live === 0,
      'the stop ends after all',
    );
    await story.signal(id, 'retry');
    await story.reaches(id, 'SUSPENDED');
    const rows = (await savepointsOf(id)).filter(({ origin }) => origin === 'SUSPEND');
    // A retry that comes before the end was noticed opens a row of its own, and finds the job ended or joins its stop.
    const [found, ...others] = rows.sort((a, b) => a.state.localeCompare(b.state));
    expect(found?.state).toBe('COMPLETED');
    for (const { failure } of others)
      expect(`${failure?.reason}: ${failure?.message}`).toMatch(
        new RegExp(`^NO_ACTIVE_JOB: |: joined savepoint ${found?.id}$`),
      );
    expect(story.world.trace.count('stopWithSavepoint', id)).toBe(1);
    await story.patch(id, { state: 'RUNNING' });
    await story.reaches(id, 'RUNNING');
    story.lostNothing(id);
  });

  test('the JobManager dies right after the savepoint: no start before its tasks are gone (F21, S1)', async () => {
    const id = await grown();
    const off = story.world.happenings.on('savepoint-written', (seen) => {
      if (seen.deploymentId === id) story.world.cluster(seen.clusterId).killJobManager();
    });
    await story.patch(id, scale(2));
    await story.reaches(id, 'RUNNING');
    off();
    story.lostNothing(id);
  });

  test('the JobManager dies before the savepoint: the job is recovered from its checkpoint, then upgraded (F21)', async () => {
    const id = await grown();
    const off = story.world.onAnswer('stopWithSavepoint', (entry) => {
      if (entry.deploymentId !== id) return;
      story.world.serving(id).killJobManager();
      off();
    });
    await story.patch(id, scale(2));
    await story.until(
      () => story.record(id),
      ({ status }) => status.state === 'RUNNING' && story.world.liveJob(id).parallelism === 2,
      'the new spec runs',
    );
    story.lostNothing(id);
  });

  test('the answer to the stop is lost: the same operation is asked, one savepoint (F13)', async () => {
    const id = await grown();
    const lost = story.world.fault(
      { kind: 'stopWithSavepoint', deploymentId: id },
      { is: 'answer-lost' },
    );
    await story.patch(id, { state: 'SUSPENDED' });
    await story.reaches(id, 'SUSPENDED');
    expect(lost.fired).toBe(1);
    const rows = (await savepointsOf(id)).filter(({ origin }) => origin === 'SUSPEND');
    expect(rows.map(({ state }) => state)).toEqual(['COMPLETED']);
  });

  test('no savepoint directory: suspend fails at once, the job untouched (V13)', async () => {
    const { id } = await story.create({}, { storageUri: '' });
    await story.reaches(id, 'RUNNING');
    const writes = story.world.trace.writes(id).length;
    await story.patch(id, { state: 'SUSPENDED' });
    const record = await story.reaches(id, 'FAILED');
    expect(record.status.failure?.reason).toBe('SAVEPOINT_NOT_CONFIGURED');
    expect((await story.eventNames(id)).at(-1)).toBe(
      'JOB_IS_NOT_CONFIGURED_WITH_SAVEPOINT_SUPPORT',
    );
    expect(story.world.trace.writes(id)).toHaveLength(writes);
  });
});

describe.concurrent('savepoints that users ask for (api.md 3.8)', () => {
  test('one is taken while the job runs on, and is the newest to restore (M23)', async () => {
    const id = await grown({ restoreStrategy: { kind: 'LATEST_SAVEPOINT' } });
    const asked = await story.savepoint(id);
    expect(asked).toMatchObject({ origin: 'USER_REQUEST', state: 'STARTED' });
    const done = await story.until(
      () => story.store.savepoints.get(asked.id),
      (row) => row?.state !== 'STARTED',
      'the savepoint ends',
    );
    expect(done?.state).toBe('COMPLETED');
    expect((await story.record(id)).status.state).toBe('RUNNING');
    expect(await story.eventNames(id, start.length)).toEqual([
      'NEED_TO_TRIGGER_A_SAVEPOINT',
      'SUCCESSFULLY_TRIGGERED_A_SAVEPOINT',
      'AWAITING_FOR_A_SAVEPOINT_TO_COMPLETE',
      'TRANSITIONED_TO_COMPLETED',
    ]);
    await story.patch(id, { state: 'CANCELLED' });
    await story.reaches(id, 'CANCELLED');
    await story.patch(id, { state: 'RUNNING' });
    await story.reaches(id, 'RUNNING');
    expect(story.world.lineage.starts(id).at(-1)?.path).toBe(done?.location);
    expect(story.world.lostState(id, 'savepoints')).toBe(0);
  });

  test('two of them and an upgrade at once are taken one after the other (F24c)', async () => {
    const id = await grown();
    const [first, second] = await Promise.all([story.savepoint(id), story.savepoint(id)]);
    await story.patch(id, scale(2));
    await story.reaches(id, 'RUNNING');
    const rows = (await savepointsOf(id)).filter(({ origin }) => origin !== 'RETAINED_CHECKPOINT');
    expect(rows.map(({ state }) => state)).toEqual(['COMPLETED', 'COMPLETED', 'COMPLETED']);
    expect(rows.map((row) => row.id)).toEqual(expect.arrayContaining([first?.id, second?.id]));
    story.lostNothing(id);
  });

  test('one that fails leaves the Deployment as it is and burns nothing', async () => {
    const id = await grown();
    story.world.outcome(id, 'savepoint', { is: 'fails', cause: 'no space' });
    const asked = await story.savepoint(id);
    const row = await story.until(
      () => story.store.savepoints.get(asked.id),
      (seen) => seen?.state === 'FAILED',
      'the savepoint fails',
    );
    expect(row?.failure?.message).toContain('no space');
    expect((await story.record(id)).status.state).toBe('RUNNING');
    expect((await story.eventNames(id)).at(-1)).toBe(
      'AN_UNRECOVERABLE_FAILURE_WHILE_TAKING_A_SAVEPOINT',
    );
  });

  test('a cancel overtakes one that does not end', async () => {
    const id = await grown();
    story.world.outcome(id, 'savepoint', { is: 'never-ends' });
    const asked = await story.savepoint(id);
    await story.patch(id, { state: 'CANCELLED' });
    await story.reaches(id, 'CANCELLED');
    expect((await story.store.savepoints.get(asked.id))?.state).toBe('FAILED');
    story.nothingLeft(id);
  });

  test('without a running job it is refused', async () => {
    const { id } = await story.create({ state: 'CANCELLED' });
    await expect(story.savepoint(id)).rejects.toMatchObject({ code: 'NO_ACTIVE_JOB' });
  });
});

test('every history of these stories replays, and no promise was broken', () => story.judge());
