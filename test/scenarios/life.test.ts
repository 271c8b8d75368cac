import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Story } from '../support/story.ts';
import {
  cancel,
  completed,
  needed,
  start,
  statefulUpgrade,
  statelessUpgrade,
  suspend,
} from '../support/story-events.ts';

let story: Story;
beforeAll(async () => {
  story = await Story.open();
});
afterAll(() => story.close());

describe.concurrent('the table of transitions (api.md 3.2)', () => {
  test('created RUNNING it starts; cancelled, nothing is left (M04, M05, M07, M08, M10, M11, M14)', async () => {
    const { id, record } = await story.create();
    expect(record.status.state).toBe('TRANSITIONING');
    await story.reaches(id, 'RUNNING');
    const reply = await story.patch(id, { state: 'CANCELLED' });
    expect(reply.status.state).toBe('TRANSITIONING');
    await story.reaches(id, 'CANCELLED');
    story.nothingLeft(id);
    expect(await story.eventNames(id)).toEqual([...start, ...cancel]);
  });

  test.for(['CANCELLED', 'SUSPENDED'] as const)('created %s it is so at once', async (state) => {
    const { id, record } = await story.create({ state });
    expect(record.status.state).toBe(state);
    expect(await story.eventNames(id)).toEqual([needed, completed]);
    expect(story.world.trace.of(id)).toEqual([]);
    await story.patch(id, { template: { spec: { parallelism: 3 } } });
    expect((await story.record(id)).status.state).toBe(state);
    await story.patch(id, { state: 'RUNNING' });
    await story.reaches(id, 'RUNNING');
    expect(story.world.liveJob(id).parallelism).toBe(3);
  });

  test('suspend takes a savepoint first, and resume starts from it (M06, M12, M23, S2, S24)', async () => {
    const id = await story.running({ restoreStrategy: { kind: 'LATEST_SAVEPOINT' } });
    story.world.expectSavepointBeforeStop(id);
    const reply = await story.patch(id, { state: 'SUSPENDED' });
    expect(reply.status.state).toBe('TRANSITIONING');
    await story.reaches(id, 'SUSPENDED');
    story.nothingLeft(id);
    expect(await story.eventNames(id, start.length)).toEqual(suspend);
    const [made] = await story.store.savepoints.list('default', { deploymentId: id });
    expect(made).toMatchObject({ origin: 'SUSPEND', state: 'COMPLETED' });
    await story.patch(id, { state: 'RUNNING' });
    await story.reaches(id, 'RUNNING');
    story.lostNothing(id);
    const [, resumed] = await story.store.jobs.list('default', { deploymentId: id });
    expect(resumed?.spec.savepointLocation).toBe(made?.location);
    expect(await story.eventNames(id, start.length + suspend.length)).toEqual(start);
  });

  test('SUSPENDED becomes CANCELLED without a step, and a cancelled job resumes from its savepoint', async () => {
    const id = await story.running();
    await story.patch(id, { state: 'SUSPENDED' });
    await story.reaches(id, 'SUSPENDED');
    const before = story.world.trace.writes(id).length;
    const reply = await story.patch(id, { state: 'CANCELLED' });
    expect(reply.status.state).toBe('CANCELLED');
    expect(story.world.trace.writes(id)).toHaveLength(before);
    await story.patch(id, { state: 'RUNNING' });
    await story.reaches(id, 'RUNNING');
    story.lostNothing(id);
  });

  test('CANCELLED with a retained checkpoint may be called SUSPENDED; without any state it may not (F38)', async () => {
    const kept = await story.running();
    await story.checkpointed(kept);
    await story.patch(kept, { state: 'CANCELLED' });
    await story.reaches(kept, 'CANCELLED');
    const reply = await story.patch(kept, { state: 'SUSPENDED' });
    expect(reply.status.state).toBe('SUSPENDED');

    const { id } = await story.create({ state: 'CANCELLED' });
    story.program(id, { checkpointing: false });
    await story.patch(id, { state: 'RUNNING' });
    await story.reaches(id, 'RUNNING');
    await story.patch(id, { state: 'CANCELLED' });
    await story.reaches(id, 'CANCELLED');
    const before = await story.eventCount(id);
    const refused = await story.patch(id, { state: 'SUSPENDED' });
    expect(refused.status.state).toBe('CANCELLED');
    expect(await story.eventNames(id, before)).toEqual(['COULD_NOT_FIND_A_JOB_TO_SUSPEND']);
  });

  test('a bounded job ends FINISHED and rests until it is cancelled and run (M13, S15, F30)', async () => {
    const { id } = await story.create({ state: 'CANCELLED' });
    story.program(id, { finishesAfterMs: 60 });
    await story.patch(id, { state: 'RUNNING' });
    await story.reaches(id, 'FINISHED');
    await story.until(
      () => story.world.clustersOf(id).length,
      (count) => count === 0,
      'the cluster is released',
    );
    const names = await story.eventNames(id);
    expect(names.slice(-2)).toEqual([
      'JOB_SUCCESSFULLY_FINISHED',
      'TRANSITIONED_TO_FINISHED_STATE',
    ]);
    story.world.declareQuiet(id);
    await story.patch(id, { template: { spec: { parallelism: 2 } } });
    await story.patch(id, { state: 'SUSPENDED' });
    const back = await story.patch(id, { state: 'RUNNING' });
    expect(back.status.state).toBe('FINISHED');
    const cancelled = await story.patch(id, { state: 'CANCELLED' });
    expect(cancelled.status.state).toBe('CANCELLED');
    story.world.endQuiet(id);
    story.program(id, {});
    await story.patch(id, { state: 'RUNNING' });
    await story.reaches(id, 'RUNNING');
  });

  test('a STATEFUL upgrade starts before it stops and loses nothing (M17, M21, M27, mission 2)', async () => {
    const id = await story.running();
    const [old] = story.world.clustersOf(id);
    story.world.expectSavepointBeforeStop(id);
    const reply = await story.patch(id, { template: { spec: { parallelism: 2 } } });
    expect(reply.status.state).toBe('TRANSITIONING');
    await story.reaches(id, 'RUNNING');
    expect(await story.eventNames(id, start.length)).toEqual(statefulUpgrade);
    story.lostNothing(id);
    expect(story.world.liveJob(id).parallelism).toBe(2);
    await story.until(
      () => story.world.clustersOf(id).map((cluster) => cluster.clusterId),
      (left) => left.length === 1 && left[0] !== old?.clusterId,
      'the old cluster is removed',
    );
  });

  test('a STATELESS upgrade replaces the job without a savepoint (M16, S13)', async () => {
    const id = await story.running({ upgradeStrategy: { kind: 'STATELESS' } });
    await story.patch(id, { template: { spec: { parallelism: 2 } } });
    await story.reaches(id, 'RUNNING');
    expect(await story.eventNames(id, start.length)).toEqual(statelessUpgrade);
    expect(story.world.trace.count('stopWithSavepoint', id)).toBe(0);
    expect(story.world.trace.count('triggerSavepoint', id)).toBe(0);
  });

  test('a bounded job that finishes while its STATELESS upgrade comes up is FINISHED, not run again (S15, M13)', async () => {
    const id = await story.running({ upgradeStrategy: { kind: 'STATELESS' } });
    const job = story.world.liveJob(id);
    const off = story.world.onCall('ensure', async (entry) => {
      if (entry.deploymentId !== id) return;
      off();
      job.finish();
    });
    await story.patch(id, { template: { spec: { parallelism: 2 } } });
    await story.reaches(id, 'FINISHED');
    const rows = await story.until(
      () => story.store.jobs.list('default', { deploymentId: id }),
      (jobs) => jobs.every(({ terminatedAt }) => terminatedAt !== undefined),
      'the clusters are removed',
    );
    expect(rows.map(({ state }) => state)).toEqual(['FINISHED', 'TERMINATED']);
    story.nothingLeft(id);
    expect(story.world.jobs(id)).toEqual([job]);
    expect((await story.eventNames(id, start.length)).slice(-2)).toEqual([
      'JOB_SUCCESSFULLY_FINISHED',
      'TRANSITIONED_TO_FINISHED_STATE',
    ]);
  });

  test('each state has the document fully expanded, and S9 holds: RUNNING names its job (M01, M03)', async () => {
    const id = await story.running();
    const record = await story.record(id);
    const [job] = await story.store.jobs.list('default', { deploymentId: id });
    expect(record.status.running?.jobId).toBe(job?.id);
    expect(job).toMatchObject({ state: 'STARTED', sequence: 1, attempt: 1 });
    expect(record.spec).toMatchObject({
      maxJobCreationAttempts: 4,
      maxSavepointCreationAttempts: 4,
      upgradeStrategy: { kind: 'STATEFUL' },
      restoreStrategy: { kind: 'LATEST_STATE' },
    });
  });
});

test('every history of these stories replays, and no promise was broken', () => story.judge());
