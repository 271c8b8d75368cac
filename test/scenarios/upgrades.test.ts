import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Story } from '../support/story.ts';
import { bringUp, needed, oldFirst, start, statefulUpgrade } from '../support/story-events.ts';

let story: Story;
let crowded: Story;
beforeAll(async () => {
  [story, crowded] = await Promise.all([Story.open(), Story.open({ world: { maxClusters: 1 } })]);
});
afterAll(() => Promise.all([story.close(), crowded.close()]));

const scale = (parallelism: number) => ({ template: { spec: { parallelism } } });

describe.concurrent('what starts an upgrade (api.md 3.4, M19, S14, F52)', () => {
  test('a user annotation does; labels, a no-op and what is the same do not', async () => {
    const id = await story.running();
    story.world.declareQuiet(id);
    const same = await story.patch(id, scale(1));
    expect(same.status.state).toBe('RUNNING');
    await story.patch(id, {}, { labels: { team: 'a' } });
    await story.patch(id, {}, { displayName: 'shown' });
    expect((await story.record(id)).status.state).toBe('RUNNING');
    expect(await story.eventNames(id)).toEqual(start);
    story.world.endQuiet(id);
    const reply = await story.patch(id, {}, { annotations: { note: 'b' } });
    expect(reply.status.state).toBe('TRANSITIONING');
    await story.reaches(id, 'RUNNING');
    expect(await story.eventNames(id, start.length)).toEqual(statefulUpgrade);
    story.lostNothing(id);
  });

  test('any other key of spec does, by the letter of the seed', async () => {
    const id = await story.running();
    const reply = await story.patch(id, { maxJobCreationAttempts: 7 });
    expect(reply.status.state).toBe('TRANSITIONING');
    await story.reaches(id, 'RUNNING');
    expect(story.world.jobs(id)).toHaveLength(2);
    story.lostNothing(id);
  });

  test('a change that is taken back before it is acted on leaves the job alone', async () => {
    const id = await story.running();
    const job = story.world.liveJob(id).id;
    const off = story.world.onCall('ensure', async (entry) => {
      if (entry.deploymentId !== id) return;
      off();
      await story.patch(id, scale(1));
    });
    await story.patch(id, scale(2));
    await story.reaches(id, 'RUNNING');
    expect(story.world.liveJob(id).id).toBe(job);
    expect(story.world.trace.count('stopWithSavepoint', id)).toBe(0);
  });
});

describe.concurrent('strategy NONE (M18, S12)', () => {
  test('a change leaves the running job alone; cancelling and running uses it', async () => {
    const id = await story.running({ upgradeStrategy: { kind: 'NONE' } });
    story.world.declareQuiet(id);
    const reply = await story.patch(id, scale(2));
    expect(reply.status.state).toBe('RUNNING');
    expect(reply.specVersion).toBe(2);
    expect(await story.eventNames(id)).toEqual(start);
    story.world.endQuiet(id);
    await story.patch(id, { state: 'SUSPENDED' });
    await story.reaches(id, 'SUSPENDED');
    await story.patch(id, { state: 'RUNNING' });
    await story.reaches(id, 'RUNNING');
    expect(story.world.liveJob(id).parallelism).toBe(2);
    story.lostNothing(id);
  });

  test('a job that dies meanwhile comes back as it was: no covert upgrade', async () => {
    const id = await story.running({ upgradeStrategy: { kind: 'NONE' } });
    await story.checkpointed(id);
    await story.patch(id, scale(2));
    const dead = story.world.liveJob(id);
    dead.fail('RuntimeException: gone');
    await story.until(
      () => story.world.liveJobs(id).map((job) => job.id),
      (live) => live.length === 1 && live[0] !== dead.id,
      'a new job runs',
    );
    await story.reaches(id, 'RUNNING');
    expect(story.world.liveJob(id).parallelism).toBe(1);
    story.lostNothing(id);
  });
});

describe.concurrent('start before stop (mission 2)', () => {
  test('startBeforeStop false: the old cluster goes first', async () => {
    const id = await story.running({
      upgradeStrategy: { kind: 'STATELESS', startBeforeStop: false },
    });
    await story.patch(id, scale(2));
    await story.reaches(id, 'RUNNING');
    expect(await story.eventNames(id, start.length)).toEqual([
      needed,
      'USING_AN_UPGRADE_STRATEGY',
      ...oldFirst,
    ]);
  });

  test('the new job is submitted once, from the savepoint, before anything else is told (mission 2)', async () => {
    const id = await story.running();
    await story.checkpointed(id);
    await story.patch(id, scale(2));
    await story.reaches(id, 'RUNNING');
    const job = story.world.liveJob(id);
    // One for each job, and the warm-up.
    expect(story.world.trace.of(id).filter(({ kind }) => kind === 'run')).toHaveLength(3);
    expect(job.parallelism).toBe(2);
    story.lostNothing(id);
    const stop = `${story.workflow(id).workflowId}/take-savepoint/1`;
    const handedOver = { path: expect.stringMatching(/^file:/) };
    expect(await story.client.workflow.getHandle(stop).result()).toMatchObject({ handedOver });
  });

  test.for(['SUSPENDED', 'CANCELLED'] as const)(
    '%s arrives while the standby gets its job: it goes, and what it may have done is kept (S1, S2)',
    async (wanted) => {
      const id = await story.running();
      await story.checkpointed(id);
      const off = story.world.onCall('run', async (entry) => {
        if (entry.deploymentId !== id || story.world.liveJobs(id).length > 0) return;
        off();
        await story.patch(id, { state: wanted });
      });
      await story.patch(id, scale(2));
      await story.reaches(id, wanted);
      story.nothingLeft(id);
      await story.patch(id, { state: 'RUNNING' });
      await story.reaches(id, 'RUNNING');
      expect(story.world.liveJob(id).parallelism).toBe(2);
      story.lostNothing(id);
    },
  );

  test('a newer change during the savepoint: the standby is of no use any more, v3 starts from it (F51)', async () => {
    const id = await story.running();
    await story.checkpointed(id);
    const off = story.world.onCall('stopWithSavepoint', async (entry) => {
      if (entry.deploymentId !== id) return;
      off();
      await story.patch(id, scale(3));
    });
    await story.patch(id, scale(2));
    await story.until(
      () => story.record(id),
      ({ status }) => status.state === 'RUNNING' && story.world.liveJob(id).parallelism === 3,
      'v3 runs',
    );
    story.lostNothing(id);
    expect(story.world.jobs(id).map((job) => job.parallelism)).toEqual([1, 3]);
    await story.until(
      () => story.world.clustersOf(id).length,
      (count) => count === 1,
      'one cluster is left',
    );
    expect(await story.messages(id)).toContainEqual(
      expect.stringContaining('the prepared cluster is not needed'), // S10
    );
  });

  test('a newer change while the standby comes up discards it; the old job runs on till then', async () => {
    const id = await story.running();
    const off = story.world.onCall('ensure', async (entry) => {
      if (entry.deploymentId !== id) return;
      off();
      await story.patch(id, scale(3));
    });
    await story.patch(id, scale(2));
    await story.until(
      () => story.record(id),
      ({ status }) => status.state === 'RUNNING' && story.world.liveJob(id).parallelism === 3,
      'v3 runs',
    );
    expect(story.world.jobs(id).map((job) => job.parallelism)).toEqual([1, 3]);
    expect(await story.messages(id)).toContainEqual(
      expect.stringMatching(/^FOUND_A_JOB_TO_TERMINATE: Job .* is not wanted any more/), // S10
    );
    story.lostNothing(id);
  });

  test('a standby that is wanted again after a cancel is not kept: nothing is held for nothing', async () => {
    const id = await story.running();
    await story.patch(id, scale(2));
    await story.until(
      () => story.world.clustersOf(id).length,
      (count) => count === 2,
      'the standby is there',
    );
    await story.patch(id, { state: 'CANCELLED' });
    await story.reaches(id, 'CANCELLED');
    story.nothingLeft(id);
  });

  test('an old cluster that will not go holds up neither a change nor a recovery, and is removed in the end (F41)', async () => {
    const id = await story.running({}, { settings: { cancelGraceMs: 100 } });
    const { clusterId } = story.world.serving(id);
    const held = { kind: 'destroy', clusterId, times: Number.POSITIVE_INFINITY } as const;
    const stubborn = story.world.fault(held, { is: 'request-lost' });
    const runsAs = (parallelism: number, but?: string) =>
      story.until(
        () => story.record(id),
        ({ status }) => {
          const [job] = story.world.liveJobs(id);
          const isNew = job?.parallelism === parallelism && job.id !== but;
          return status.state === 'RUNNING' && isNew;
        },
        `it runs with parallelism ${parallelism}`,
      );
    await story.patch(id, scale(2));
    await runsAs(2);
    await story.patch(id, scale(3));
    await runsAs(3);
    const dead = story.world.liveJob(id);
    await story.checkpointed(id);
    dead.fail('RuntimeException: poison');
    await runsAs(3, dead.id);
    story.lostNothing(id);
    expect(story.world.clustersOf(id)).toContain(story.world.cluster(clusterId));
    const line = `Cluster ${clusterId} does not go`;
    const told = (await story.messages(id)).filter((message) => message.includes(line));
    expect(told).toHaveLength(1);
    stubborn.callOff();
    await story.until(
      () => story.world.clustersOf(id).map((cluster) => cluster.clusterId),
      (left) => left.length === 1 && left[0] !== clusterId,
      'the old clusters are removed',
    );
  });

  test('a standby that comes neither up nor down holds up no recovery, and is removed in the end (F41, L4)', async () => {
    const id = await story.running();
    await story.checkpointed(id);
    const lost = { kind: 'destroy', deploymentId: id, times: Number.POSITIVE_INFINITY } as const;
    const stubborn = story.world.fault(lost, { is: 'request-lost' });
    const refuse = { is: 'refused', code: 'CLUSTER_START_FAILED', message: 'crash loop' } as const;
    story.world.fault({ kind: 'ensure', deploymentId: id, times: 1 }, refuse);
    await story.patch(id, scale(2));
    await story.until(
      () => stubborn.fired,
      (fired) => fired >= 2,
      'the standby is to go',
    );
    const dead = story.world.liveJob(id);
    dead.fail('RuntimeException: poison');
    await story.until(
      () => story.record(id),
      ({ status }) => status.state === 'RUNNING' && story.world.liveJobs(id).length === 1,
      'it runs again',
    );
    expect(story.world.liveJob(id).id).not.toBe(dead.id);
    story.lostNothing(id);
    stubborn.callOff();
    await story.until(
      () => story.world.clustersOf(id).length,
      (count) => count === 1,
      'only the cluster of the new job is left',
    );
  });

  test('a standby that never gets up uses attempts, the old job untouched; the next one is used (F10, R31)', async () => {
    const id = await story.running({ maxJobCreationAttempts: 3 });
    await story.checkpointed(id);
    const refuse = { is: 'refused', code: 'CLUSTER_START_FAILED', message: 'crash loop' } as const;
    story.world.fault({ kind: 'ensure', deploymentId: id, times: 2 }, refuse);
    const old = story.world.liveJob(id).id;
    await story.patch(id, scale(2));
    await story.reaches(id, 'RUNNING');
    expect(story.world.liveJob(id).id).not.toBe(old);
    const jobs = await story.store.jobs.list('default', { deploymentId: id });
    expect(jobs.map(({ sequence, attempt, state }) => `${sequence}/${attempt} ${state}`)).toEqual(
      expect.arrayContaining(['2/1 FAILED', '2/2 FAILED', '2/3 STARTED']),
    );
    story.lostNothing(id);
  });
});

test('no room beside the old cluster: said once, and the old one goes first (RESOURCE_QUOTA_EXCEEDED)', async () => {
  const id = await crowded.running();
  await crowded.checkpointed(id);
  crowded.world.expectSavepointBeforeStop(id);
  await crowded.patch(id, scale(2));
  await crowded.reaches(id, 'RUNNING');
  const names = await crowded.eventNames(id, start.length);
  expect(names.slice(0, 6)).toEqual([
    needed,
    'USING_AN_UPGRADE_STRATEGY',
    ...bringUp,
    'RESOURCE_QUOTA_EXCEEDED',
  ]);
  expect(names.slice(-oldFirst.length)).toEqual(oldFirst);
  const burnt = (await crowded.store.jobs.list('default', { deploymentId: id })).filter(
    ({ state }) => state === 'FAILED',
  );
  expect(burnt).toEqual([]);
  crowded.lostNothing(id);
});

test('a target that would let it wait for room is not waited for: told why, and the old cluster goes first', async () => {
  const id = await story.running();
  await story.checkpointed(id);
  story.world.expectSavepointBeforeStop(id);
  story.world.target.troubleNext({ jobManager: 'unscheduled' });
  await story.patch(id, scale(2));
  await story.reaches(id, 'RUNNING');
  const names = await story.eventNames(id, start.length);
  expect(names.slice(0, 7)).toEqual([
    needed,
    'USING_AN_UPGRADE_STRATEGY',
    ...bringUp,
    'AWAITING_FOR_A_CLUSTER_TO_SPIN_UP',
    'RESOURCE_QUOTA_EXCEEDED',
  ]);
  expect(names.slice(-oldFirst.length)).toEqual(oldFirst);
  story.lostNothing(id);
});

test('every history of these stories replays, and no promise was broken', async () => {
  await story.judge();
  await crowded.judge();
});
