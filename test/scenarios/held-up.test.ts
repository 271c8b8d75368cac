import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findOrphans } from '../../activities/orphans.ts';
import type { FakeCluster } from '../fakes/cluster.ts';
import { Story } from '../support/story.ts';

/** Targets that hold what is not ours, hold on to what is ours, or are gone. */
let story: Story;
let alone: Story;
beforeAll(async () => {
  story = await Story.open();
  alone = await Story.open();
});
afterAll(async () => {
  await story.close();
  await alone.close();
});

const never = new AbortController().signal;

/** A cluster with the labels of the Deployment that no Job names: somebody's copy, or of a store that was lost. */
async function plant(id: string): Promise<FakeCluster> {
  const donor = await story.running();
  const { spec } = story.world.serving(donor);
  const jobId = '00000000-0000-5000-8000-000000000001';
  const planted = { ...spec, clusterId: `jfeed${id.slice(0, 8)}`, jobId, deploymentId: id };
  await story.world.target.ensure(planted, never);
  const cluster = story.world.cluster(planted.clusterId);
  cluster.killAll();
  return cluster;
}

describe.concurrent('a target is not what it should be', () => {
  test('leftovers with the same labels: never adopted, never removed, listed (F12, S5)', async () => {
    const { id } = await story.create({ state: 'CANCELLED' });
    const leftover = await plant(id);
    await story.patch(id, { state: 'RUNNING' });
    await story.reaches(id, 'RUNNING');
    expect(story.world.serving(id)).not.toBe(leftover);
    await story.patch(id, { template: { spec: { parallelism: 2 } } });
    await story.reaches(id, 'RUNNING');
    await story.patch(id, { state: 'CANCELLED' });
    await story.reaches(id, 'CANCELLED');
    expect(story.world.clustersOf(id)).toEqual([leftover]);
    expect(
      story.world.trace.of(id).filter(({ clusterId }) => clusterId === leftover.clusterId),
    ).toHaveLength(1);
    const deps = { store: story.store, targets: { local: story.world.target } };
    const orphans = await findOrphans(deps, never);
    expect(orphans.clusters.filter(({ deploymentId }) => deploymentId === id)).toMatchObject([
      { clusterId: leftover.clusterId },
    ]);
  });

  test.for(['CANCELLED', 'SUSPENDED'] as const)(
    'a cluster that cannot be removed: tried again, never said to be %s before it is gone (F41, M07)',
    async (state) => {
      const id = await story.running();
      const held = story.world.fault(
        { kind: 'destroy', deploymentId: id, times: Number.POSITIVE_INFINITY },
        { is: 'request-lost' },
      );
      await story.patch(id, { state });
      await story.until(
        () => held.fired,
        (fired) => fired >= 4,
        'it is tried again and again',
      );
      expect((await story.record(id)).status.state).toBe('TRANSITIONING');
      expect(await story.explain(id)).toMatchObject({ step: 'close-cluster' });
      const { raw } = await story.workflow(id).describe();
      const [pending] = raw.pendingActivities ?? [];
      expect(pending?.lastFailure?.message).toContain('destroy: connection reset');
      held.callOff();
      await story.reaches(id, state);
      story.nothingLeft(id);
    },
  );

  test('the old cluster of an upgrade cannot be removed: the new job runs, and the old one goes in the end (F41)', async () => {
    const id = await story.running({ upgradeStrategy: { kind: 'STATELESS' } });
    const old = story.world.serving(id);
    const held = story.world.fault(
      { kind: 'destroy', clusterId: old.clusterId, times: Number.POSITIVE_INFINITY },
      { is: 'request-lost' },
    );
    await story.patch(id, { template: { spec: { parallelism: 2 } } });
    await story.reaches(id, 'RUNNING');
    expect(story.world.liveJob(id).parallelism).toBe(2);
    held.callOff();
    await story.until(
      () => story.world.clustersOf(id).length,
      (count) => count === 1,
      'the old cluster is gone',
    );
  });
});

test('the removal of an old cluster is refused: the job stays RUNNING and looked after, only CANCELLED waits for a person (F41, M15, S17)', async () => {
  const id = await story.running();
  await story.checkpointed(id);
  const { clusterId } = story.world.serving(id);
  const refusal = { is: 'refused', code: 'CLUSTER_START_FAILED', message: 'EACCES' } as const;
  const target = { kind: 'destroy', clusterId, times: Number.POSITIVE_INFINITY } as const;
  const held = story.world.fault(target, refusal);
  await story.patch(id, { template: { spec: { parallelism: 2 } } });
  await story.reaches(id, 'RUNNING');
  await story.until(
    () => held.fired,
    (fired) => fired >= 3,
    'it is tried again and again',
  );
  expect((await story.record(id)).status.state).toBe('RUNNING');
  const told = (await story.messages(id)).filter((message) => message.includes('does not go'));
  expect(told).toHaveLength(1);
  expect(told[0]).toContain(`Cluster ${clusterId} does not go: EACCES. It is tried again`);

  const dead = story.world.liveJob(id);
  dead.fail('RuntimeException: poison');
  await story.until(
    () => story.world.liveJobs(id).map((job) => job.id),
    ([job]) => job !== undefined && job !== dead.id,
    'the job that died is recovered',
  );
  await story.reaches(id, 'RUNNING');
  story.lostNothing(id);

  await story.patch(id, { state: 'CANCELLED' });
  const failed = await story.reaches(id, 'FAILED');
  expect(failed.status.failure?.message).toContain('EACCES');
  expect(story.world.liveJobs(id)).toEqual([]);
  held.callOff();
  await story.signal(id, 'retry');
  await story.reaches(id, 'CANCELLED');
  story.nothingLeft(id);
});

describe('the target is deleted under us (F46)', () => {
  test('a change ends in FAILED with the reason, quietly, everything kept; back again it goes on', async () => {
    const id = await alone.running();
    await alone.checkpointed(id);
    const job = alone.world.liveJob(id).id;
    const saved = await alone.savepoint(id);
    await alone.until(
      () => alone.store.savepoints.get(saved.id),
      (seen) => seen?.state === 'COMPLETED',
      'a savepoint is there',
    );
    const target = alone.storyStore.loseTarget('local');
    await alone.patch(id, { template: { spec: { parallelism: 2 } } });
    const { status } = await alone.reaches(id, 'FAILED');
    expect(status.failure?.reason).toBe('TARGET_NOT_FOUND');
    expect((await alone.eventNames(id)).at(-1)).toBe('REFERENCED_DEPLOYMENT_TARGET_DOES_NOT_EXIST');
    const events = await alone.eventCount(id);
    alone.world.declareQuiet(id);
    const polls = await looks(id);
    await alone.until(
      () => looks(id),
      (seen) => seen.seenAt > polls.seenAt + 5 * alone.settings.pollMs * 5,
      'the watcher has looked on for a while',
    );
    expect(await alone.eventCount(id)).toBe(events);
    expect(alone.world.liveJob(id).id).toBe(job);
    expect(await alone.store.savepoints.get(saved.id)).toMatchObject({ state: 'COMPLETED' });
    target.comesBack();
    alone.world.endQuiet(id);
    await alone.signal(id, 'retry');
    await alone.reaches(id, 'RUNNING');
    expect(alone.world.liveJob(id).parallelism).toBe(2);
    alone.lostNothing(id);
  });

  test('a cancel says so too, and ends once the target is back', async () => {
    const id = await alone.running();
    const target = alone.storyStore.loseTarget('local');
    await alone.patch(id, { state: 'CANCELLED' });
    const { status } = await alone.reaches(id, 'FAILED');
    expect(status.failure?.reason).toBe('TARGET_NOT_FOUND');
    expect(alone.world.liveJobs(id)).toHaveLength(1);
    target.comesBack();
    await alone.signal(id, 'retry');
    await alone.reaches(id, 'CANCELLED');
    alone.nothingLeft(id);
  });
});

async function looks(id: string): Promise<{ seenAt: number }> {
  const { running } = (await alone.record(id)).status;
  const jobs = await alone.store.jobs.list('default', { deploymentId: id });
  const jobId = running?.jobId ?? jobs.find(({ state }) => state === 'STARTED')?.id ?? '';
  return { seenAt: (await alone.store.observations.get(jobId))?.seenAt ?? 0 };
}

test('every history of these stories replays, and no promise was broken', async () => {
  await story.judge();
  await alone.judge();
});
