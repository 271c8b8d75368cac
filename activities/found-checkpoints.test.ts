import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { JobHandle } from '../src/core/deployment/steps.ts';
import { Unreachable } from '../src/core/errors/index.ts';
import type { ClusterTarget } from '../src/targets/target.ts';
import { lastKnownOf, newestOf } from './found-checkpoints.ts';
import { recordEnd } from './record-end.ts';
import { removeCluster } from './remove-cluster.ts';
import { delivered } from './testing/delivery.ts';
import { type Stubs, stubDeps } from './testing/stub-deps.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-found-'));
  await mkdir(join(folder, 'checkpoints'));
  await mkdir(join(folder, 'savepoints'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const { signal } = new AbortController();
const flinkJobId = 'ab12';
const cluster = {
  clusterId: 'jab12',
  jobId: 'job-1',
  deploymentId: 'd1',
  namespace: 'default',
  target: 'local',
};

/** A job whose state goes to this host's disk. */
const onDisk = (): JobHandle => ({
  cluster,
  flinkJobId,
  checkpointDirectory: `file://${folder}/checkpoints`,
  savepointBase: `file://${folder}/savepoints`,
  retention: 'RETAIN_ON_CANCELLATION',
});
/** A job whose state only Flink can look at. */
const inBucket = (retention = 'RETAIN_ON_CANCELLATION'): JobHandle => ({
  cluster,
  flinkJobId,
  checkpointDirectory: 's3://b/checkpoints',
  savepointBase: 's3://b/savepoints',
  retention,
});

const chk = (id: number) => `file:${folder}/checkpoints/${flinkJobId}/chk-${id}`;
const s3 = (id: number) => ({ id, path: `s3://b/checkpoints/${flinkJobId}/chk-${id}` });

/** What Flink writes when a checkpoint or savepoint is complete; the header is its own (checkpoint-metadata.ts). */
async function complete(directory: string, id: number, magic = 0x4960672d): Promise<string> {
  const header = Buffer.alloc(16);
  header.writeUInt32BE(magic, 0);
  header.writeUInt32BE(6, 4);
  header.writeBigInt64BE(BigInt(id), 8);
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, '_metadata'), header);
  return `file://${directory}`;
}
const checkpoint = (id: number) =>
  complete(join(folder, 'checkpoints', flinkJobId, `chk-${id}`), id);
const savepoint = (row: string, id: number, magic?: number) =>
  complete(join(folder, 'savepoints', row, 'savepoint-ab12-1'), id, magic);

const ask = (
  stubs: Stubs,
  job = onDisk(),
  end: Parameters<typeof newestOf>[2] = 'GONE',
): ReturnType<typeof newestOf> => newestOf(stubDeps(stubs), job, end, signal);

describe('the JobManager is proven gone', () => {
  test('and the directory can be listed: what it holds is certain', async () => {
    await checkpoint(4);
    await checkpoint(12);
    const newest = await ask({ jobManager: 'gone', seen: { id: 4, path: chk(4) } });
    expect(newest.found).toMatchObject({ checkpointId: 12 });
    expect(newest.uncertain).toBeUndefined();
  });

  test('a folder without _metadata was never completed', async () => {
    await checkpoint(4);
    await mkdir(join(folder, 'checkpoints', flinkJobId, 'chk-5'));
    expect((await ask({ jobManager: 'gone' })).found).toMatchObject({ checkpointId: 4 });
  });

  test('and it never wrote: certainly nothing', async () => {
    const { found, uncertain } = await ask({ jobManager: 'gone' });
    expect([found, uncertain]).toEqual([undefined, undefined]);
  });

  test('and the storage is not mounted here: unknown, not absent (S25)', async () => {
    await rm(join(folder, 'checkpoints'), { recursive: true });
    const newest = await ask({ jobManager: 'gone', seen: { id: 4, path: chk(4) } });
    expect(newest.uncertain).toContain('cannot be listed from here');
    expect(newest.found).toMatchObject({ checkpointId: 4 });
  });

  test('and nobody else can look there: uncertain, with the best that is known', async () => {
    const newest = await ask({ jobManager: 'gone', seen: s3(7) }, inBucket());
    expect(newest.uncertain).toContain('s3://b/checkpoints/ab12');
    expect(newest.found).toMatchObject({ path: s3(7).path });
  });

  test('a job that finished keeps no checkpoint anywhere: nothing is unknown', async () => {
    const newest = await ask({ jobManager: 'gone', seen: s3(7) }, inBucket(), 'FINISHED');
    expect([newest.found, newest.uncertain]).toEqual([undefined, undefined]);
  });

  test('a program that wants no folder for each job wrote directly into the directory of its Job (S3)', async () => {
    const directory = join(folder, 'checkpoints', 'chk-5');
    await complete(directory, 5);
    expect(await ask({ jobManager: 'gone' })).toEqual({
      found: { path: `file://${directory}`, checkpointId: 5, isSavepoint: false },
      highestId: 5,
    });
    await complete(join(folder, 'checkpoints', 'chk-6'), 6);
    const seen = { id: 5, path: `file:${directory}` };
    const newest = await ask({ jobManager: 'gone', seen });
    expect(newest).toMatchObject({ found: { checkpointId: 6 } });
  });

  test('a program that writes elsewhere is looked for there', async () => {
    const elsewhere = join(folder, 'elsewhere', flinkJobId);
    const path = await complete(join(elsewhere, 'chk-5'), 5);
    await complete(join(elsewhere, 'chk-6'), 6);
    const newest = await ask({ jobManager: 'gone', seen: { id: 5, path } });
    expect(newest.found).toMatchObject({ checkpointId: 6 });
  });
});

describe('a directory lists a checkpoint that cannot be read, as when its disk fails (S25)', () => {
  beforeEach(async () => {
    await checkpoint(8);
    await symlink('chk-9', join(folder, 'checkpoints', flinkJobId, 'chk-9'));
  });

  test('it is asked again, and no older one is taken', async () => {
    await expect(ask({ jobManager: 'gone' })).rejects.toMatchObject({
      code: 'STORAGE_UNAVAILABLE',
      message: expect.stringContaining('ELOOP'),
    });
  });

  test('while Flink answers, its word is enough', async () => {
    const newest = await ask({ state: 'FAILED', newest: { id: 9, path: chk(9) }, retained: true });
    expect(newest).toMatchObject({ found: { checkpointId: 9 }, end: 'FAILED' });
    expect(newest.uncertain).toBeUndefined();
  });

  test('a removal by force does not wait for it, nor does who says that the job is over', async () => {
    const deps = stubDeps({ jobManager: 'gone' });
    const target = { destroy: async () => ({ evidence: 'gone' }) } as unknown as ClusterTarget;
    const removal = { job: onDisk(), target, acceptLoss: true };
    const uncertain = expect.stringContaining('ELOOP');
    expect(await removeCluster(deps, removal, signal)).toMatchObject({ kind: 'closed', uncertain });
    expect(await lastKnownOf(deps, onDisk(), signal)).toMatchObject({ uncertain });
  });
});

test('a silent storage is no silent JobManager: its cluster is not removed after some looks (2.2)', async () => {
  await symlink(flinkJobId, join(folder, 'checkpoints', flinkJobId));
  const destroy = vi.fn(async () => ({ evidence: 'gone' }));
  const target = { destroy } as unknown as ClusterTarget;
  const removal = { job: onDisk(), target, acceptLoss: false };
  const deps = stubDeps({ started: true });
  await expect(delivered(9, () => removeCluster(deps, removal, signal))).rejects.toMatchObject({
    code: 'STORAGE_UNAVAILABLE',
  });
  expect(destroy).not.toHaveBeenCalled();
});

describe('the newest that was known is gone (F23, F45)', () => {
  test('its path is kept, so that a start from it fails: no older one is taken for it', async () => {
    await checkpoint(49);
    const newest = await ask({ jobManager: 'gone', seen: { id: 50, path: chk(50) } });
    expect(newest.found).toMatchObject({ path: chk(50), checkpointId: 50 });
  });

  test('unless a newer one has replaced it', async () => {
    await checkpoint(52);
    const newest = await ask({ jobManager: 'gone', seen: { id: 50, path: chk(50) } });
    expect(newest.found).toMatchObject({ checkpointId: 52 });
  });

  test.each([
    ['the job finished', 'FINISHED', onDisk],
    ['its Job keeps none', 'CANCELED', () => ({ ...onDisk(), retention: 'NO_EXTERNALIZED' })],
    [
      'a cancel deletes them',
      'CANCELED',
      () => ({ ...onDisk(), retention: 'DELETE_ON_CANCELLATION' }),
    ],
  ] as const)('or Flink removed it, since %s', async (_why, state, job) => {
    const retained = false;
    const newest = await ask({ state, newest: { id: 50, path: chk(50) }, retained }, job(), state);
    expect(newest.found).toBeUndefined();
  });
});

describe('the JobManager lives', () => {
  test('its word counts where nobody else can look', async () => {
    const newest = await ask({ state: 'FAILED', newest: s3(8), seen: s3(7) }, inBucket(), 'FAILED');
    expect(newest.found).toMatchObject({ path: s3(8).path });
    expect(newest.uncertain).toBeUndefined();
  });

  test.each([onDisk, inBucket])(
    'and is silent: asked again, never taken for nothing (S25)',
    async (job) => {
      await expect(ask({ state: 'FAILED', silent: true }, job(), 'FAILED')).rejects.toThrow(
        Unreachable,
      );
    },
  );

  test('and its target is silent: asked again', async () => {
    await expect(ask({ jobManager: 'unknown' })).rejects.toThrow(Unreachable);
  });

  test('and does not know a job that ran: no proof that it left nothing (S25)', async () => {
    const newest = await ask({ seen: s3(7) }, inBucket());
    expect(newest.uncertain).toContain('does not know the job');
    expect((await ask({ started: true }, inBucket())).uncertain).toBeDefined();
  });

  test('and does not know a job that was never seen to run: it was never taken', async () => {
    expect((await ask({}, inBucket())).uncertain).toBeUndefined();
  });

  test('and answers from its cache: it is asked once that is over', async () => {
    const asked: string[] = [];
    await ask({ state: 'FAILED', newest: s3(8), refreshMs: '5', asked }, inBucket(), 'FAILED');
    expect(asked).toEqual(['configuration', 'checkpoints']);
  });
});

describe('savepoints that nobody heard of', () => {
  const row = { id: 'u1', origin: 'USER_REQUEST', state: 'FAILED' } as const;

  test("one that a user asked for is ranked by its own files (V8's story)", async () => {
    await checkpoint(5);
    const path = await savepoint('u1', 6);
    const newest = await ask({ jobManager: 'gone', rows: [row] });
    expect(newest.found).toEqual({ path, checkpointId: 6, isSavepoint: true });
  });

  test('one that its step said is COMPLETED, and whose workflow was lost before it heard of it (F18, F65)', async () => {
    await checkpoint(5);
    const location = await savepoint('s1', 6);
    const completed = { id: 's1', origin: 'SUSPEND', state: 'COMPLETED', location } as const;
    const newest = await ask({ jobManager: 'gone', rows: [completed] });
    expect(newest).toMatchObject({ found: { path: location, checkpointId: 6, isSavepoint: true } });
  });

  test('one whose rank cannot be read makes it uncertain', async () => {
    await savepoint('u1', 6, 0xbad);
    expect((await ask({ jobManager: 'gone', rows: [row] })).uncertain).toContain('cannot be read');
  });

  test('so does one that is COMPLETED; one that a person has deleted since is not there', async () => {
    await checkpoint(5);
    const location = await savepoint('s1', 6, 0xbad);
    const completed = { id: 's1', origin: 'SUSPEND', state: 'COMPLETED', location } as const;
    const stubs: Stubs = { jobManager: 'gone', rows: [completed] };
    expect((await ask(stubs)).uncertain).toContain('cannot be read');
    await rm(join(folder, 'savepoints', 's1'), { recursive: true });
    const newest = await ask(stubs);
    expect(newest).toMatchObject({ found: { checkpointId: 5 } });
    expect(newest.uncertain).toBeUndefined();
  });

  test('one whose folder cannot be read is asked for again; while Flink answers, its word is enough', async () => {
    await checkpoint(5);
    await symlink('u1', join(folder, 'savepoints', 'u1'));
    await expect(ask({ jobManager: 'gone', rows: [row] })).rejects.toMatchObject({
      code: 'STORAGE_UNAVAILABLE',
    });
    const told = { state: 'FAILED', newest: { id: 5, path: chk(5) }, retained: true } as const;
    expect(await ask({ ...told, rows: [row] })).toMatchObject({ found: { checkpointId: 5 } });
  });

  test('one that may be where nobody can look makes it uncertain', async () => {
    const job = { ...onDisk(), savepointBase: 's3://b/savepoints' };
    const newest = await ask({ jobManager: 'gone', rows: [row] }, job);
    expect(newest.uncertain).toContain('s3://b/savepoints');
  });
});

describe('the end of a job with a stop that was given up', () => {
  const rows = [{ id: 's1', origin: 'SUSPEND', state: 'FAILED' }] as const;
  const end = (state: 'FINISHED' | 'GONE') => ({ state, why: 'w', at: 1 });
  const record = (stubs: Stubs, state: 'FINISHED' | 'GONE', job = onDisk()) =>
    recordEnd(stubDeps(stubs), { job, end: end(state), acceptLoss: false }, signal);

  test('the job went on for long: its last checkpoint is the newest, the stop no end (R02)', async () => {
    await savepoint('s1', 3);
    await checkpoint(90);
    const recorded = await record({ jobManager: 'gone', rows: [...rows] }, 'GONE');
    expect(recorded).toMatchObject({ kind: 'recorded', found: { checkpointId: 90 } });
    expect(recorded.stops).toMatchObject([{ checkpointId: 3, savepoint: { state: 'COMPLETED' } }]);
  });

  test('nothing came after it: the job was stopped', async () => {
    await savepoint('s1', 91);
    await checkpoint(90);
    expect(await record({ jobManager: 'gone', rows: [...rows] }, 'GONE')).toMatchObject({
      kind: 'stopped',
      stops: [{ checkpointId: 91 }],
    });
  });

  test('it went on after a stop that failed, and finished by itself (S15)', async () => {
    const location = 's3://b/savepoints/s1/savepoint-1';
    const operation = { status: 'failed', cause: 'failed during stopping', location } as const;
    const stubs = { state: 'FINISHED', operation, rows: [...rows], retained: true } as const;
    const newest = { id: 3, path: location, isSavepoint: true };
    const recorded = await record({ ...stubs, rows: [...rows], newest }, 'FINISHED', inBucket());
    expect(recorded.kind).toBe('recorded');
  });

  test('Flink says COMPLETED and not where: FINISHED is not certain to be the end (F19)', async () => {
    const operation = { status: 'failed', cause: 'without location', unlocated: true } as const;
    const stubs: Stubs = { state: 'FINISHED', operation, rows: [...rows] };
    expect(await record(stubs, 'FINISHED', inBucket())).toMatchObject({ kind: 'uncertain' });
  });
});
