import { expect, test } from 'vitest';
import { awaitStop } from './await-savepoint.ts';
import type { Handover } from './contract.ts';
import { delivered } from './testing/delivery.ts';
import { stubDeps } from './testing/stub-deps.ts';

const savepointId = '50000000-0000-4000-8000-000000000001';
const location = `s3://b/savepoints/${savepointId}/savepoint-50000-1`;

/** Flink says that the job ended with its savepoint; its Deployment is not to be RUNNING any more. */
const ended = () =>
  stubDeps({
    state: 'FINISHED',
    operation: { status: 'completed', location },
    newest: { id: 7, path: location, isSavepoint: true },
  });

const cluster = {
  clusterId: 'jab12',
  jobId: 'job-1',
  deploymentId: 'd1',
  namespace: 'default',
  target: 'local',
};
const job = { cluster, flinkJobId: 'ab12', savepointBase: 's3://b/savepoints' };
const call = { job, savepointId, earlier: [], timeoutMs: 1_000, pollMs: 1 };

/** Handed to the next job, which the store then says is not wanted. */
const next = {
  job: { cluster: { ...cluster, clusterId: 'jab13' }, flinkJobId: 'ab13' },
  record: { deploymentId: 'd1', specVersion: 2 },
  restoreStrategy: { kind: 'LATEST_STATE' },
} as Handover;

const stopped = { kind: 'completed', location, checkpointId: 7, proven: true };

test('a stop that is delivered again says that the delivery before may have handed over (S1)', async () => {
  const first = await delivered(1, () => awaitStop(ended(), { ...call, next }));
  const second = await delivered(2, () => awaitStop(ended(), { ...call, next }));
  expect(first).toEqual(stopped);
  expect(second).toEqual({ ...stopped, handoverOpen: true });
});

test('a stop that hands over to nobody leaves nothing open, however often it is delivered', async () => {
  expect(await delivered(2, () => awaitStop(ended(), call))).toEqual(stopped);
});
