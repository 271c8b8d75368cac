import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Story } from '../support/story.ts';
import { grown, runsWith, savedBefore, scale } from '../support/story-moments.ts';

/** What other controllers did before the end of a cluster (reliability.md 5). */
let story: Story;
/** A dead JobManager's tasks run on until somebody ends them. */
let tough: Story;
beforeAll(async () => {
  const world = { heartbeatTimeoutMs: 600_000 };
  [story, tough] = await Promise.all([Story.open(), Story.open({ world })]);
});
afterAll(() => Promise.all([story.close(), tough.close()]));

type Spec = Parameters<Story['create']>[0];

const retentionKey = 'execution.checkpointing.externalized-checkpoint-retention';
const [kept, erased] = ['RETAIN_ON_CANCELLATION', 'NO_EXTERNALIZED_CHECKPOINTS'];

describe.concurrent('TaskManagers go first, and the JobManager gives the job up (R04)', () => {
  test.for([
    ['lives', 'keeps', kept],
    ['lives', 'erases', erased],
    ['ends, too,', 'keeps', kept],
    ['ends, too,', 'erases', erased],
  ])('it %s and %s the checkpoints: from the newest state that is left', async (row) => {
    const [fate, , retention = ''] = row;
    const template = { flinkConfiguration: { [retentionKey]: retention } };
    const id = await grown(story, { restarts: 0 }, { template });
    const savepoint = await savedBefore(story, id);
    const job = story.world.liveJob(id);
    const cluster = story.world.serving(id);
    const off = story.world.happenings.on('job-ended', ({ flinkJobId }) => {
      if (flinkJobId === job.id && fate !== 'lives') cluster.killAll();
    });
    cluster.killTaskManager();
    await runsWith(story, id, 1, job);
    off();
    expect(job.state).toBe('FAILED');
    if (retention === kept) story.lostNothing(id);
    else expect(story.world.lineage.starts(id).at(-1)?.path).toBe(savepoint);
    expect(story.world.lostState(id, 'savepoints')).toBe(0);
  });
});

/** The removal of the cluster hangs, or fails each time, until it is let go. */
function heldCluster(clusterId: string, how: 'hangs' | 'fails'): () => void {
  if (how === 'fails') {
    const target = { kind: 'destroy', clusterId, times: Number.POSITIVE_INFINITY } as const;
    return tough.world.fault(target, { is: 'request-lost' }).callOff;
  }
  const { promise, resolve } = Promise.withResolvers<void>();
  const off = tough.world.onCall('destroy', (call) =>
    call.clusterId === clusterId ? promise : undefined,
  );
  return () => {
    off();
    resolve();
  };
}

type Way = [
  what: string,
  how: 'hangs' | 'fails',
  parallelism: number,
  spec: Spec,
  act: (id: string) => Promise<unknown>,
];

describe.concurrent('a cluster whose job may still run is longer in going than anybody waits (R05)', () => {
  const kill = async (id: string) => tough.world.serving(id).killJobManager();
  const upgrade = (id: string) => tough.patch(id, scale(2));
  const oldFirst = { upgradeStrategy: { kind: 'STATELESS', startBeforeStop: false } } as const;
  const standby = { upgradeStrategy: { kind: 'STATELESS' } } as const;
  const ways: Way[] = [
    ['a recovery', 'hangs', 1, {}, kill],
    ['a recovery', 'fails', 1, {}, kill],
    ['an upgrade, the old one first', 'hangs', 2, oldFirst, upgrade],
    ['an upgrade with a standby', 'fails', 2, standby, upgrade],
  ];
  test.for(ways)(
    '%s, and its removal %s: nothing is made or started before it is gone; then all goes on',
    async ([, how, parallelism, spec, act]) => {
      const cancelGraceMs = 100;
      const options = { settings: { cancelGraceMs } };
      const id = await grown(tough, { cancelHangs: true }, spec, options);
      const old = tough.world.liveJob(id);
      const letGo = heldCluster(old.clusterId, how);
      await act(id);
      const [wait] = await tough.waitsFor(id, 'the processes of the old cluster must end');
      const made = () => tough.world.target.everMade.filter((one) => one.deploymentId === id);
      const before = made().length;
      await tough.until(
        () => Date.now() - Date.parse(wait?.since ?? ''),
        (ms) => ms > 10 * cancelGraceMs,
        'it waits for much longer than the grace',
      );
      expect(made()).toHaveLength(before);
      expect(tough.world.jobs(id)).toEqual([old]);
      expect(old.isLive).toBe(true);
      expect((await tough.record(id)).status.state).toBe('TRANSITIONING');
      letGo();
      await runsWith(tough, id, parallelism, old);
      tough.lostNothing(id);
    },
  );
});

test('every history of these stories replays, and no promise was broken', async () => {
  await story.judge();
  await tough.judge();
});
