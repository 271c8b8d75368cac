import { afterEach, describe, expect, test, vi } from 'vitest';
import { Unreachable } from '../src/core/errors/index.ts';
import { defaultTransitionSettings } from '../src/core/settings.ts';
import { Closed, type StateReader } from '../src/flink/state/reader.ts';
import type { ClusterTarget } from '../src/targets/target.ts';
import { awaitStop } from './await-savepoint.ts';
import { lastKnownOf, newestOf } from './found-checkpoints.ts';
import { fateOfOpen } from './left-savepoints.ts';
import { recordEnd } from './record-end.ts';
import { removeCluster } from './remove-cluster.ts';
import { delivered } from './testing/delivery.ts';
import { type Stubs, stubDeps } from './testing/stub-deps.ts';

const { signal } = new AbortController();
afterEach(() => {
  vi.useRealTimers();
});

const flinkJobId = 'ab12';
const cluster = {
  clusterId: 'jab12',
  jobId: 'job-1',
  deploymentId: 'd1',
  namespace: 'default',
  target: 'local',
};
const job = {
  cluster,
  flinkJobId,
  checkpointDirectory: 's3://b/c',
  savepointBase: 's3://b/s',
  retention: 'DELETE_ON_CANCELLATION',
};
const savepointId = '50000000-0000-4000-8000-000000000001';

const chk = (id: number) => `s3://b/c/${flinkJobId}/chk-${id}`;
const sp = `s3://b/s/${savepointId}/savepoint-ab12-1`;

/** A bucket that has these checkpoints and savepoints, by their ids. */
function bucketWith(
  places: Record<string, number>,
  changes: Partial<StateReader> = {},
): StateReader {
  const files = new Map(Object.entries(places).map(([at, id]) => [`${at}/_metadata`, id]));
  return {
    knows: (place) => place.startsWith('s3:'),
    listing: async () => ({ kind: 'listable' }),
    list: async (directory) =>
      [...files.keys()]
        .filter((file) => file.startsWith(`${directory}/`))
        .map((file) => file.slice(directory.length + 1).split('/')[0] ?? ''),
    has: async (file) => files.has(file),
    beginningOf: async (file) => headerOf(files.get(file)),
    ...changes,
  };
}

function headerOf(id: number | undefined): Buffer | undefined {
  if (id === undefined) return undefined;
  const header = Buffer.alloc(16);
  header.writeUInt32BE(0x4960672d, 0);
  header.writeUInt32BE(6, 4);
  header.writeBigInt64BE(BigInt(id), 8);
  return header;
}

/** Nobody answers for it. */
const silent = (): StateReader => {
  const throws = () => Promise.reject(new Unreachable('STORAGE_UNAVAILABLE', 'no answer'));
  const listing = async () => ({ kind: 'silent' as const, why: 'no answer' });
  return bucketWith({}, { listing, list: throws, has: throws, beginningOf: throws });
};

/** Whoever asks it waits. */
const hanging = (): StateReader => {
  const waits = () => new Promise<never>(() => undefined);
  return bucketWith({}, { listing: waits, list: waits, has: waits, beginningOf: waits });
};

const closed = (): StateReader => {
  const throws = () => Promise.reject(new Closed('S3 says AccessDenied'));
  const listing = async () => ({ kind: 'closed' as const, why: 'S3 says AccessDenied' });
  return bucketWith({}, { listing, list: throws, has: throws, beginningOf: throws });
};

const ask = (stubs: Stubs) => newestOf(stubDeps(stubs), job, 'GONE', signal);
const row = { id: savepointId, origin: 'SUSPEND', state: 'FAILED' } as const;

describe('a JobManager is gone whose job kept its state in a bucket', () => {
  const jobManager = 'gone';

  test('the bucket tells its newest checkpoint, and that is certain', async () => {
    const bucket = bucketWith({ [chk(9)]: 9, [chk(12)]: 12 });
    expect(await ask({ jobManager, bucket, seen: { id: 9, path: chk(9) } })).toEqual({
      found: { path: chk(12), checkpointId: 12, isSavepoint: false },
      highestId: 12,
    });
  });

  test('and a savepoint that nobody heard of, by its own file', async () => {
    const bucket = bucketWith({ [chk(9)]: 9, [sp]: 10 });
    expect(await ask({ jobManager, bucket, rows: [row] })).toMatchObject({
      found: { path: sp, checkpointId: 10, isSavepoint: true },
    });
  });

  test('it refuses us: uncertain, in its words, with the best that is known', async () => {
    const newest = await ask({ jobManager, bucket: closed(), seen: { id: 9, path: chk(9) } });
    expect(newest.uncertain).toContain(
      's3://b/c/ab12 cannot be listed from here: S3 says AccessDenied',
    );
  });

  test('it does not answer: asked again, neither nothing nor for ever unknown (S25)', async () => {
    const seen = { id: 9, path: chk(9) };
    await expect(ask({ jobManager, bucket: silent(), seen })).rejects.toThrow(Unreachable);
    await expect(ask({ jobManager, bucket: silent(), rows: [row] })).rejects.toThrow(Unreachable);
  });

  test('it does not answer, and a person says that the job is over: what is known, as uncertain', async () => {
    const stubs: Stubs = { jobManager, bucket: silent(), seen: { id: 9, path: chk(9) } };
    const newest = await lastKnownOf(stubDeps(stubs), job, signal);
    expect(newest.uncertain).toContain('no answer');
  });

  test('it lists a checkpoint and refuses the next question: what was listed is there', async () => {
    let asked = 0;
    const bucket = bucketWith(
      { [chk(12)]: 12 },
      {
        has: async () => {
          asked += 1;
          if (asked > 1) throw new Closed('S3 says AccessDenied');
          return true;
        },
      },
    );
    expect(await ask({ jobManager, bucket })).toMatchObject({ found: { checkpointId: 12 } });
  });

  test('it refuses between two questions: uncertain in its words, and not nothing', async () => {
    const list = () => Promise.reject(new Closed('S3 says AccessDenied'));
    const bucket = bucketWith({}, { list });
    const { uncertain } = await ask({ jobManager, bucket });
    expect(uncertain).toContain('s3://b/c/ab12 cannot be listed from here: S3 says AccessDenied');
  });

  test('it refuses the directory of a savepoint alone: uncertain, with the best that is known', async () => {
    const refusal = new Closed('S3 says AccessDenied');
    const all = bucketWith({ [chk(9)]: 9 });
    const list = (at: string) =>
      at.startsWith('s3://b/s/') ? Promise.reject(refusal) : all.list(at);
    const bucket = { ...all, list };
    const newest = await ask({ jobManager, bucket, rows: [row] });
    expect(newest).toMatchObject({
      found: { checkpointId: 9 },
      uncertain: expect.stringContaining('S3 says AccessDenied'),
    });
    const deps = stubDeps({ jobManager, bucket });
    expect(await fateOfOpen(deps, job, savepointId, signal)).toMatchObject({
      kind: 'open',
      why: expect.stringContaining('S3 says AccessDenied'),
    });
  });

  test('a removal by force does not wait for it', async () => {
    const target = { destroy: async () => ({ evidence: 'gone' }) } as unknown as ClusterTarget;
    const deps = stubDeps({ jobManager, bucket: silent() });
    const remove = (acceptLoss: boolean) =>
      removeCluster(deps, { job, target, acceptLoss }, signal);
    expect(await remove(true)).toMatchObject({
      kind: 'closed',
      uncertain: expect.stringContaining('no answer'),
    });
    await expect(remove(false)).rejects.toThrow(Unreachable);
  });

  test('a job that runs is removed, and its directory is refused after: what came in between is not known (S3)', async () => {
    let isGone = false;
    const list = async () => {
      if (isGone) throw new Closed('S3 says AccessDenied');
      return ['chk-9'];
    };
    const bucket = bucketWith({ [chk(9)]: 9 }, { list });
    const deps = stubDeps({ state: 'RUNNING', newest: { id: 9, path: chk(9) }, bucket });
    const gone = stubDeps({ jobManager: 'gone', bucket, seen: { id: 9, path: chk(9) } });
    const target = {
      destroy: async () => {
        isGone = true;
        Object.assign(deps.targets, gone.targets);
        return { evidence: 'gone' };
      },
    } as unknown as ClusterTarget;
    const removed = delivered(1, () =>
      removeCluster(deps, { job, target, acceptLoss: false }, signal),
    );
    expect(await removed).toMatchObject({
      kind: 'closed',
      uncertain: expect.stringContaining('S3 says AccessDenied'),
    });
  });

  test('nor does the end of a job whose loss is accepted: it is looked for as its cluster goes', async () => {
    const end = { state: 'GONE', why: 'w', at: 1 } as const;
    const deps = stubDeps({ jobManager, bucket: silent(), rows: [row] });
    const record = (acceptLoss: boolean) => recordEnd(deps, { job, end, acceptLoss }, signal);
    expect(await record(true)).toEqual({ kind: 'unread', end, stops: [] });
    await expect(record(false)).rejects.toThrow(Unreachable);
  });

  test.each([
    ['it hangs', hanging],
    ['it hangs once it was listed', () => ({ ...hanging(), listing: bucketWith({}).listing })],
  ])('a removal by force is over in its time, though %s', async (_when, bucket) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const target = { destroy: vi.fn(async () => ({ evidence: 'gone' })) };
    const deps = stubDeps({ jobManager, bucket: bucket(), rows: [row] });
    const removal = { job, target: target as unknown as ClusterTarget, acceptLoss: true };
    const removed = removeCluster(deps, removal, signal);
    await vi.advanceTimersByTimeAsync(defaultTransitionSettings.forceCancelMs / 2);
    expect(target.destroy).toHaveBeenCalledOnce();
    await vi.advanceTimersByTimeAsync(defaultTransitionSettings.forceCancelMs / 2);
    const uncertain = expect.stringContaining('no answer');
    expect(await removed).toMatchObject({ kind: 'closed', uncertain });
  });

  test('what became of its savepoint stays open until the bucket answers', async () => {
    const fate = (bucket: StateReader) =>
      fateOfOpen(stubDeps({ jobManager, bucket }), job, savepointId, signal);
    expect(await fate(silent())).toMatchObject({ kind: 'open' });
    expect(await fate(closed())).toMatchObject({ kind: 'open' });
    expect(await fate(bucketWith({ [sp]: 10 }))).toMatchObject({ kind: 'completed', location: sp });
    expect(await fate(bucketWith({ [chk(9)]: 9 }))).toMatchObject({ kind: 'impossible' });
  });
});

describe('Flink answers, and the bucket does not', () => {
  test.each([silent, closed])('its newest checkpoint is told by Flink (%o)', async (bucket) => {
    const newest = { id: 12, path: chk(12) };
    const told = await ask({ state: 'FAILED', newest, retained: true, bucket: bucket() });
    expect(told).toMatchObject({ found: { path: chk(12) }, end: 'FAILED' });
    expect(told.uncertain).toBeUndefined();
  });

  test('it refuses only after Flink was asked: a word from its cache is not enough (S25)', async () => {
    const asked: string[] = [];
    const list = () => Promise.reject(new Closed('S3 says AccessDenied'));
    const newest = { id: 12, path: chk(12) };
    const bucket = bucketWith({}, { list });
    const told = await ask({ state: 'FAILED', newest, retained: true, bucket, asked });
    expect(told).toMatchObject({ found: { path: chk(12) }, end: 'FAILED' });
    expect(asked.slice(-2)).toEqual(['configuration', 'checkpoints']);
  });

  test('a savepoint that failed has failed: the job is not kept waiting for storage', async () => {
    const operation = { status: 'failed', cause: 'the disk is full' } as const;
    const deps = stubDeps({ state: 'RUNNING', operation, bucket: silent() });
    const stop = { job, savepointId, earlier: [], timeoutMs: 1_000, pollMs: 1 };
    await expect(delivered(1, () => awaitStop(deps, stop))).rejects.toThrow('the disk is full');
  });

  test('a stop that is complete is ranked by Flink', async () => {
    const operation = { status: 'completed', location: sp } as const;
    const newest = { id: 12, path: sp, isSavepoint: true };
    const deps = stubDeps({ state: 'FINISHED', operation, newest, bucket: silent() });
    const stop = { job, savepointId, earlier: [], timeoutMs: 1_000, pollMs: 1 };
    expect(await delivered(1, () => awaitStop(deps, stop))).toMatchObject({ checkpointId: 12 });
  });
});
