import { beforeEach, describe, expect, test } from 'vitest';
import type { ClusterSpec } from '../../core/cluster.ts';
import { KubernetesRefusal } from './answers.ts';
import { observationOf, readParts } from './describe-cluster.ts';
import { destroyCluster } from './destroy-cluster.ts';
import { ensureCluster } from './ensure-cluster.ts';
import { listClusters } from './list-clusters.ts';
import { collectionsOf, namesOf } from './names.ts';
import { forever, newCluster } from './testing/clusters.ts';
import { FakeApi } from './testing/fake-api.ts';

const now = Date.parse('2026-01-01T00:00:00Z');
const { pods, configMaps, deployments } = collectionsOf('flink');
/** More calls than an operation makes. */
const numbers = Array.from({ length: 16 }, (_, index) => index + 1);
const moments = ['before', 'after'] as const;

let api: FakeApi;
let spec: ClusterSpec;
beforeEach(() => {
  api = new FakeApi();
  spec = newCluster();
});

const ensure = () => ensureCluster(api.place, spec, forever);
const destroy = () => destroyCluster(api.place, spec, now, forever);
const outcome = (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    ({ code }) => code,
  );

test('a cluster is made of four objects, and once only however often it is asked for', async () => {
  await ensure();
  const made = structuredClone([...api.objects]);
  expect(api.left()).toHaveLength(4);
  expect(await ensure()).toMatchObject({ kind: 'present', jobManager: 'running' });
  expect([...api.objects]).toEqual(made);
});

test('a JobManager that is gone is never made again (S1)', async () => {
  await ensure();
  api.objects.delete(`${pods}/${namesOf(spec).jobManager}`);
  expect(await ensure()).toMatchObject({ jobManager: 'exited' });
  expect(api.podsMade).toHaveLength(1);
});

test('TaskManagers are made after their JobManager: of the last place in a quota it takes it', async () => {
  const { create } = api;
  api.create = async (path, object) => {
    if (path === pods) throw new KubernetesRefusal(403, 'Forbidden', 'exceeded quota');
    return await create(path, object);
  };
  await expect(ensure()).rejects.toMatchObject({ status: 403 });
  await new Promise(setImmediate); // what was begun besides is done by then
  expect(api.left().filter((key) => key.startsWith(deployments))).toEqual([]);
  api.create = create;
  await ensure();
  expect(api.left()).toHaveLength(4);
});

test('a destroyed cluster leaves nothing and is not made again', async () => {
  await ensure();
  expect(await destroy()).toEqual({ evidence: expect.stringContaining('holds nothing') });
  expect(await outcome(ensure())).toBe('FENCED_OUT');
  expect(api.left()).toEqual([]);
});

test("a ConfigMap of somebody else's by its name is left alone", async () => {
  await api.create(configMaps, { metadata: { name: spec.clusterId } });
  await expect(ensure()).rejects.toMatchObject({ code: 'CLUSTER_START_FAILED' });
  expect(api.left()).toHaveLength(1);
});

test('the clusters of a namespace are listed by their roots, tombstones are none', async () => {
  const { clusterId, jobId, deploymentId, namespace, target } = spec;
  await ensure();
  const gone = newCluster();
  await destroyCluster(api.place, gone, now, forever);
  expect(await listClusters(api.place, forever)).toEqual([
    { clusterId, jobId, deploymentId, namespace, target },
  ]);
});

describe.each(moments)('a call that is lost %s its effect', (moment) => {
  test.each(numbers)(
    'number %i of ensure: the next one ends as if nothing was (F02, F03)',
    async (n) => {
      api.failAt(n, moment);
      await outcome(ensure());
      api.at = () => undefined;
      expect(await ensure()).toMatchObject({ kind: 'present', jobManager: 'running' });
      expect(api.left()).toHaveLength(4);
      expect(api.podsMade).toHaveLength(1);
    },
  );

  test.each(numbers)('number %i of destroy: the next one ends as if nothing was', async (n) => {
    await ensure();
    api.calls = 0;
    api.failAt(n, moment);
    await outcome(destroy());
    api.at = () => undefined;
    await destroy();
    expect(api.left()).toEqual([]);
    expect(await outcome(ensure())).toBe('FENCED_OUT');
  });
});

/** Lets all of `other` happen at one call of what runs. */
function interrupt(
  number: number,
  moment: (typeof moments)[number],
  other: () => Promise<unknown>,
) {
  api.calls = 0;
  api.at = async (call, when) => {
    if (call !== number || when !== moment) return;
    api.at = () => undefined;
    await other();
  };
}

describe.each(moments)('while another worker comes in %s a call', (moment) => {
  test.each(numbers)('number %i of a late ensure: a destroy leaves nothing (S5)', async (n) => {
    let destroyed = false;
    interrupt(n, moment, async () => {
      await destroy();
      destroyed = true;
    });
    await outcome(ensure());
    if (destroyed) expect(api.left()).toEqual([]);
    else await destroy();
    expect(await outcome(ensure())).toBe('FENCED_OUT');
    expect(api.left()).toEqual([]);
  });

  test.each(numbers)('number %i of a destroy: an ensure leaves nothing', async (n) => {
    await ensure();
    interrupt(n, moment, () => outcome(ensure()));
    await destroy();
    expect(api.left()).toEqual([]);
    expect(api.podsMade).toHaveLength(1);
  });

  test.each(numbers)('number %i of a destroy: a JobManager that is late goes too', async (n) => {
    await ensure();
    const made = structuredClone(api.objects.get(`${pods}/${namesOf(spec).jobManager}`));
    if (!made) throw new Error('no JobManager');
    const { uid: _, ...metadata } = made.metadata;
    interrupt(n, moment, () => outcome(api.create(pods, { ...made, metadata })));
    await destroyCluster(api.place, spec, now, AbortSignal.timeout(20_000));
    expect(api.left()).toEqual([]);
  });

  test.each(numbers)('number %i of an ensure: another makes no second JobManager', async (n) => {
    interrupt(n, moment, ensure);
    await ensure();
    expect(api.podsMade).toHaveLength(1);
    expect(api.left()).toHaveLength(4);
  });

  test.each([1, 2, 3])(
    'number %i of a look: what was just made is not said to be gone (S25)',
    async (n) => {
      interrupt(n, moment, ensure);
      const parts = await readParts(api.place, spec, forever);
      const seen = observationOf(api.place, spec, parts);
      if (parts.root?.metadata.annotations['sluice.dev/jobmanager-uid'] !== undefined)
        expect(seen).toMatchObject({ jobManager: 'running' });
    },
  );
});
