import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ClusterRef } from '../src/core/cluster.ts';
import { Refused } from '../src/core/errors/index.ts';
import { clusterIdOf, jobIdOf } from '../src/core/ids.ts';
import type { Store } from '../src/store/store.ts';
import type { ClusterTarget, HolderHere } from '../src/targets/target.ts';
import { targetOf, targetToClear } from './clusters.ts';
import type { ActivityDeps } from './deps.ts';
import { storeWithJob } from './testing/store-with-job.ts';

const { signal } = new AbortController();
const deploymentId = 'd0000000-0000-4000-8000-000000000001';
const jobId = jobIdOf(deploymentId, 1, 1);
const cluster: ClusterRef = {
  clusterId: clusterIdOf(jobId),
  jobId,
  deploymentId,
  namespace: 'default',
  target: 'kube',
};

/** What the API server says of the namespace. */
let namespace: HolderHere | undefined;
let vouchedFor: string[];
/** Whether it was wanted afresh, call by call. */
let asked: (boolean | undefined)[];
let store: Store;
let deps: ActivityDeps;
beforeEach(async () => {
  store = await storeWithJob({ deploymentId, jobId, target: 'kube' });
  vouchedFor = [];
  namespace = namespaceBy('uid-1');
  asked = [];
  const holder: ClusterTarget['holder'] = async (_, how) => {
    asked.push(how?.afresh);
    return namespace;
  };
  const target = { holder } as unknown as ClusterTarget;
  const kubernetes = { at: async () => target };
  deps = { store, targets: { kubernetes }, now: () => 1 } as unknown as ActivityDeps;
});
afterEach(() => store.close());

const namespaceBy = (id: string): HolderHere => ({
  id,
  place: 'namespace flink of https://kube',
  standsFor: async (other) => vouchedFor.includes(other),
  vouchBy: (other) => `say so for ${other}`,
});
const events = async () => (await store.events.list('default', {})).map(({ message }) => message);
const ask = () => targetOf(deps, cluster, signal);
const clear = (mayHaveRun = false) => targetToClear(deps, cluster, mayHaveRun, signal);

test('a cluster is looked for where it was made, and nowhere else (S25)', async () => {
  await ask();
  namespace = namespaceBy('uid-2');
  for (const call of [ask, clear, ask])
    await expect(call()).rejects.toMatchObject({ name: 'HeldElsewhere' });
  const told = (await events()).filter((message) => message.includes('API server'));
  expect(told).toEqual([
    expect.stringMatching(/with the uid uid-1\..*uid uid-2:.*say so for uid-1/),
  ]);
  namespace = namespaceBy('uid-1');
  await ask();
});

test('the place that is stored for good is read at that moment, and remembered from then on', async () => {
  await ask();
  await ask();
  expect(asked).toEqual([true, false]);
});

test('a person vouches that the place is gone: what is seen in its stead counts', async () => {
  await ask();
  namespace = namespaceBy('uid-2');
  vouchedFor = ['uid-1'];
  await ask();
  expect(await clear()).toBeDefined();
});

test('a place that cannot be seen: what was made there is unknown', async () => {
  await ask();
  namespace = undefined;
  for (const call of [ask, clear])
    await expect(call()).rejects.toMatchObject({ code: 'TARGET_UNREACHABLE' });
});

test('what never had a place was never made, and a late call does not make it (S1)', async () => {
  namespace = undefined;
  await ask();
  expect(await clear()).toBeUndefined();
  namespace = namespaceBy('uid-1');
  await expect(ask()).rejects.toMatchObject({ code: 'FENCED_OUT' });
  expect(await clear()).toBeUndefined();
});

test('a job that may have run is not said to be nowhere because no place of it is stored (S1, S25)', async () => {
  namespace = undefined;
  await expect(clear(true)).rejects.toMatchObject({ code: 'TARGET_UNREACHABLE' });
  namespace = namespaceBy('uid-1');
  expect(await clear(true)).toBeDefined();
});

test('what was given up before it was made stays so, whoever thinks that it ran', async () => {
  namespace = undefined;
  expect(await clear()).toBeUndefined();
  for (const seen of [undefined, namespaceBy('uid-1')]) {
    namespace = seen;
    expect(await clear(true)).toBeUndefined();
  }
});

test.each([
  ['whose kind it does not serve', {}, 'SLUICE_TARGETS'],
  ['whose API server it does not know', { kubernetes: { at: noContext } }, 'no context "far"'],
])('a worker waits for another one at a target %s', async (_, targets, why) => {
  deps = { ...deps, targets } as ActivityDeps;
  await expect(ask()).rejects.toMatchObject({ name: 'HeldElsewhere', retryable: true });
  await expect(ask()).rejects.toMatchObject({ name: 'HeldElsewhere' });
  expect((await events()).filter((message) => message.includes(why))).toHaveLength(1);
});

function noContext(): Promise<never> {
  return Promise.reject(new Refused('SETUP_INCOMPLETE', 'it has no context "far"'));
}
