import { expect, test } from 'vitest';
import type { ClusterRef } from '../src/core/cluster.ts';
import { Unreachable } from '../src/core/errors/index.ts';
import { clusterIdOf, jobIdOf } from '../src/core/ids.ts';
import type { JobState } from '../src/core/vocabulary.ts';
import type { Store } from '../src/store/store.ts';
import type { ClusterTarget } from '../src/targets/target.ts';
import type { ReachableTargets } from './deps.ts';
import { findOrphans, findStrangers } from './orphans.ts';
import { jobOf, storeWithDeployment, storeWithJob } from './testing/store-with-job.ts';

const deploymentId = 'd0000000-0000-4000-8000-000000000001';
const refOf = (attempt: number): ClusterRef => {
  const jobId = jobIdOf(deploymentId, 1, attempt);
  const clusterId = clusterIdOf(jobId);
  return { clusterId, jobId, deploymentId, namespace: 'default', target: 'local' };
};

test('a cluster is an orphan unless an open Job names it (S5, F12)', async () => {
  const store = await storeWithDeployment(deploymentId);
  const job = (attempt: number, state: JobState) =>
    jobOf(deploymentId, refOf(attempt).jobId, { attempt, state });
  const jobs = [job(1, 'STARTED'), job(2, 'TERMINATING'), job(3, 'TERMINATED')];
  await store.write({ deploymentId, namespace: 'default', fence: 1, at: 2, jobs });
  const refs = [1, 2, 3, 4].map(refOf);
  const never = () => Promise.reject(new Error('only list is asked'));
  const local = {
    list: async () => refs,
    ensure: never,
    describe: never,
    destroy: never,
    holder: never,
  };
  const found = await findOrphans({ store, targets: { local } }, AbortSignal.timeout(5_000));
  expect(found).toEqual({ clusters: [refs[2], refs[3]], unseen: [] });
  await store.close();
});

const away = () =>
  Promise.reject(new Unreachable('TARGET_UNREACHABLE', 'the API server does not answer'));

/** Of targets in Kubernetes those by the context `far` are away; the others have `refs`. */
const kubernetes = (refs: ClusterRef[]): NonNullable<ReachableTargets['kubernetes']> => ({
  at: async ({ context }) =>
    ({ list: context === 'far' ? away : async () => refs }) as unknown as ClusterTarget,
});

test('a target that is away hides no orphan of another', async () => {
  const store = await storeWithJob({ deploymentId, jobId: refOf(1).jobId, target: 'near' });
  await far(store);
  const deps = { store, targets: { kubernetes: kubernetes([refOf(1), refOf(2)]) } };
  expect(await findOrphans(deps, AbortSignal.timeout(5_000))).toEqual({
    clusters: [refOf(2)],
    unseen: ['the API server does not answer'],
  });
  await store.close();
});

test('places that are away are waited for at once, and what is not served here is left to others', async () => {
  const store = await storeWithJob({ deploymentId, jobId: refOf(1).jobId, target: 'near' });
  for (const namespace of ['a', 'b', 'c']) await far(store, namespace);
  const asked: (() => void)[] = [];
  // None answers before all three were asked.
  const silent = () =>
    new Promise<never>((_, reject) => {
      asked.push(() => reject(new Unreachable('TARGET_UNREACHABLE', 'no answer')));
      if (asked.length === 3) for (const end of asked) end();
    });
  const at = async ({ context }: { context?: string }) =>
    ({ list: context === 'far' ? silent : async () => [] }) as unknown as ClusterTarget;
  const deps = { store, targets: { kubernetes: { at } } };
  expect((await findOrphans(deps, AbortSignal.timeout(5_000))).unseen).toHaveLength(3);
  expect(await findOrphans({ store, targets: {} }, AbortSignal.timeout(5_000))).toEqual({
    clusters: [],
    unseen: [],
  });
  await store.close();
});

test('a worker that does not serve the target of a Deployment takes no stock of it (S1)', async () => {
  const store = await storeWithJob({ deploymentId, jobId: refOf(1).jobId, target: 'near' });
  const known = [jobOf(deploymentId, refOf(1).jobId, { target: 'near' })];
  const taking = findStrangers(
    { store, targets: {} },
    deploymentId,
    known,
    AbortSignal.timeout(5_000),
  );
  await expect(taking).rejects.toMatchObject({ code: 'TARGET_UNREACHABLE' });
  await store.close();
});

test('only a target that the Deployment is known to use must answer before it goes on (issue 4)', async () => {
  const store = await storeWithJob({ deploymentId, jobId: refOf(1).jobId, target: 'near' });
  await far(store);
  const deps = { store, targets: { kubernetes: kubernetes([refOf(1), refOf(2)]) } };
  const known = (target: string) => [jobOf(deploymentId, refOf(1).jobId, { target })];
  const look = (target: string) =>
    findStrangers(deps, deploymentId, known(target), AbortSignal.timeout(5_000));
  expect(await look('near')).toMatchObject({
    found: [{ what: expect.stringContaining(refOf(2).clusterId), sequence: 1 }],
    unseen: ['the API server does not answer'],
  });
  await expect(look('far')).rejects.toMatchObject({ code: 'TARGET_UNREACHABLE' });
  await store.close();
});

const far = (
  store: Store,
  namespace = 'flink',
  name = `far${namespace === 'flink' ? '' : namespace}`,
) =>
  store.targets.insert({
    id: name,
    namespace: 'default',
    name,
    spec: { kubernetes: { namespace, context: 'far' } },
    createdAt: 1,
    modifiedAt: 1,
    resourceVersion: 1,
  });
