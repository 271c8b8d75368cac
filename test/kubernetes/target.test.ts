import { randomUUID } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { ClusterObservation, ClusterSpec } from '../../src/core/cluster.ts';
import type { KubernetesTargets } from '../../src/targets/kubernetes/kubernetes-target.ts';
import { rootConfigMap } from '../../src/targets/kubernetes/objects.ts';
import { jobManagerPod } from '../../src/targets/kubernetes/pods.ts';
import { readReply, replies } from '../../src/targets/kubernetes/replies.ts';
import type { ClusterTarget } from '../../src/targets/target.ts';
import { until } from '../e2e/support/until.ts';
import { killPods } from './support/kill-pods.ts';
import { Kube, soon } from './support/kube.ts';
import { containerWith, newCluster } from './support/specs.ts';

let kube: Kube;
let target: ClusterTarget;
let targets: KubernetesTargets;
const targetIn = async (namespace: string): Promise<ClusterTarget> => {
  const found = await targets.at({ namespace });
  await found.holder(soon());
  return found;
};
beforeAll(async () => {
  kube = await Kube.open('sluice-target');
  targets = kube.targets();
  target = await targetIn(kube.namespace);
});
afterAll(async () => {
  const left = await kube.left();
  await targets.close();
  await kube.close();
  expect(left).toEqual([]);
});

type Present = Extract<ClusterObservation, { kind: 'present' }>;

/** Looks until it is so; by then it must be within seconds. */
const seen = async (spec: ClusterSpec, what: string, isSo: (seen: Present) => boolean) =>
  await until(
    what,
    () => target.describe(spec, soon()),
    (one) => one.kind === 'present' && isSo(one),
    { withinMs: 20_000 },
  );

const jobManagersOf = (spec: ClusterSpec) =>
  kube.pods(`sluice.dev/cluster=${spec.clusterId},app.kubernetes.io/component=jobmanager`);

describe('a cluster comes and goes', () => {
  const spec = newCluster();

  test('eight copies of one call make one JobManager, and it comes up', async () => {
    await Promise.all(Array.from({ length: 8 }, () => target.ensure(spec, soon())));
    expect(await jobManagersOf(spec)).toHaveLength(1);
    const up = (one: Present) => one.restUrl !== undefined && one.taskManagersRunning === 1;
    expect(await seen(spec, 'all runs', up)).toMatchObject({
      jobManager: 'running',
      healing: true,
    });
    expect(await target.list(soon())).toContainEqual({
      clusterId: spec.clusterId,
      jobId: spec.jobId,
      deploymentId: spec.deploymentId,
      namespace: 'default',
      target: 'kube',
    });
  });

  test('while all is well its target asks the API server nothing', async () => {
    let requests = 0;
    const count = () => {
      requests += 1;
    };
    subscribe('undici:request:create', count);
    onTestFinished(() => void unsubscribe('undici:request:create', count));
    const endsAt = performance.now() + 2_000;
    while (performance.now() < endsAt) {
      expect(await target.describe(spec, soon())).toMatchObject({ jobManager: 'running' });
      await setTimeout(20);
    }
    expect(requests).toBe(0);
    // What is counted here is what it would send.
    await target.list(soon());
    expect(requests).toBe(1);
  });

  test('its JobManager is deleted: that is its end, and no call makes another (S1)', async () => {
    const [pod] = await jobManagersOf(spec);
    if (!pod) throw new Error('no JobManager');
    await kube.deletePod(pod);
    await seen(spec, 'the JobManager is gone', ({ jobManager }) => jobManager === 'exited');
    expect(await target.ensure(spec, soon())).toMatchObject({ jobManager: 'exited' });
    const others = (await jobManagersOf(spec)).filter(
      ({ metadata: { uid } }) => uid !== pod.metadata.uid,
    );
    expect(others).toEqual([]);
  });

  test('another container in its pod is its end: Flink is empty there', async () => {
    const other = newCluster();
    const { configMaps, pods } = kube.collections;
    const made = await kube.api.create(configMaps, rootConfigMap(other), soon());
    const { spec: pod, ...rest } = jobManagerPod(other, readReply(replies.object, made).metadata);
    // As a node does that has lost sight of the first one.
    const containers = pod?.containers.map((one) => ({ ...one, restartPolicy: 'Always' }));
    await kube.api.create(pods, { ...rest, spec: { ...pod, containers } }, soon());
    await target.ensure(other, soon());
    await seen(other, 'it runs', ({ restUrl }) => restUrl !== undefined);
    expect(await killPods(kube, other.deploymentId, 'jobmanager')).toBeGreaterThan(0);
    const isAnother = ({ trouble = '' }: Present) => trouble.includes('another container was made');
    expect(await seen(other, 'another runs', isAnother)).toMatchObject({ jobManager: 'exited' });
    await target.destroy(other, soon());
  });

  test('two removals at once leave nothing, and a late copy of a call does not revive it', async () => {
    await Promise.all([target.destroy(spec, soon()), target.destroy(spec, soon())]);
    expect(await target.describe(spec, soon())).toMatchObject({ kind: 'absent' });
    await expect(target.ensure(spec, soon())).rejects.toMatchObject({ code: 'FENCED_OUT' });
    expect(await target.describe(spec, soon())).toMatchObject({ kind: 'absent' });
  });

  test('its root is deleted by hand: Kubernetes removes the rest', async () => {
    const other = newCluster();
    await target.ensure(other, soon());
    const found = await kube.find(kube.collections.configMaps, other.clusterId);
    await kube.api.remove(kube.collections.configMaps, found, soon());
    await until(
      'all is gone',
      () => target.describe(other, soon()),
      ({ kind }) => kind === 'absent',
    );
    await target.destroy(other, soon());
  });
});

describe('what keeps a cluster from running is told within seconds, in the words of Kubernetes', () => {
  const told = async (spec: ClusterSpec, isSo: (seen: Present) => boolean) => {
    await target.ensure(spec, soon());
    const answer = await seen(spec, 'it says why', isSo);
    await target.destroy(spec, soon());
    return answer;
  };
  const inTrouble = ({ trouble }: Present) => trouble !== undefined;

  test('an image that is not there', async () => {
    const template = containerWith({ imagePullPolicy: 'Never' });
    const kubernetes = { jobManagerPodTemplate: template, taskManagerPodTemplate: template };
    const spec = newCluster({ image: 'localhost/no-such-flink:1', kubernetes });
    expect(await told(spec, inTrouble)).toMatchObject({
      trouble: expect.stringContaining('ErrImageNeverPull'),
    });
  });

  test('a JobManager that ends at once, with its exit code', async () => {
    const jobManagerPodTemplate = containerWith({ command: ['sh', '-c', 'exit 3'] });
    const spec = newCluster({ kubernetes: { jobManagerPodTemplate } });
    expect(await told(spec, ({ jobManager }) => jobManager === 'exited')).toMatchObject({
      trouble: expect.stringContaining('exit code 3'),
    });
  });

  test('no node has the room: it may come yet', async () => {
    const { resources } = newCluster();
    const spec = newCluster({
      resources: { ...resources, taskmanager: { cpu: 900, memory: '1g' } },
      kubernetes: {},
    });
    const waitsForRoom = ({ pending = '' }: Present) => pending.includes('Insufficient');
    expect(await told(spec, waitsForRoom)).toMatchObject({
      noRoom: true,
      pending: expect.stringContaining('Insufficient cpu'),
    });
  });

  test('a volume that cannot be mounted, which it tells in Events alone: it may come yet', async () => {
    const volume = { secret: { secretName: 'none' } };
    const volumeMounts = [{ name: 'v', volume, volumeMount: { mountPath: '/v' } }];
    const spec = newCluster({ kubernetes: { pods: { volumeMounts } } });
    const saysWhy = ({ pending = '' }: Present) => pending.includes('none');
    expect(await told(spec, saysWhy)).toMatchObject({
      jobManager: 'running',
      pending: expect.stringContaining('FailedMount: MountVolume.SetUp failed for volume "v"'),
    });
  });

  test('a secret that is not there', async () => {
    const env = [{ name: 'A', valueFrom: { secretKeyRef: { name: 'none', key: 'a' } } }];
    const template = containerWith({ imagePullPolicy: 'IfNotPresent', env });
    const kubernetes = { jobManagerPodTemplate: template, taskManagerPodTemplate: template };
    expect(await told(newCluster({ kubernetes }), inTrouble)).toMatchObject({
      trouble: expect.stringContaining('secret "none" not found'),
    });
  });
});

describe('what Kubernetes refuses is an outcome, and leaves nothing', () => {
  const refused = async (one: ClusterTarget, spec: ClusterSpec) => {
    const error = await one.ensure(spec, soon()).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    await one.destroy(spec, soon());
    return error;
  };

  test('a namespace that is not there', async () => {
    const nowhere = await targetIn('no-such-namespace');
    expect(await nowhere.holder(soon())).toBeUndefined();
    const notFound = expect.stringContaining('namespaces "no-such-namespace" not found');
    await expect(nowhere.ensure(newCluster(), soon())).rejects.toMatchObject({
      code: 'CLUSTER_START_FAILED',
      message: notFound,
    });
    await expect(nowhere.destroy(newCluster(), soon())).rejects.toMatchObject({
      code: 'TARGET_UNREACHABLE',
      message: notFound,
    });
  });

  test('a quota that is used up, for the JobManager and for TaskManagers', async () => {
    const crowded = await Kube.open('sluice-crowded');
    const there = await targetIn(crowded.namespace);
    const quota = (pods: number) => ({
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: `pods-${pods}` },
      spec: { hard: { pods: String(pods) } },
    });
    try {
      await crowded.make('resourcequotas', quota(1));
      const spec = newCluster();
      await crowded.quotaCounts('pods-1');
      await there.ensure(spec, soon());
      const answer = await until(
        'the quota is told',
        () => there.describe(spec, soon()),
        (one) => one.kind === 'present' && one.noRoom === true,
        { withinMs: 20_000 },
      );
      expect(answer).toMatchObject({ trouble: expect.stringContaining('exceeded quota: pods-1') });
      await there.destroy(spec, soon());
      await crowded.make('resourcequotas', quota(0));
      await crowded.quotaCounts('pods-0');
      expect(await refused(there, newCluster())).toMatchObject({
        code: 'NO_ROOM_ON_TARGET',
        // Of the first the pod that went may be counted yet, and either may be named.
        message: expect.stringMatching(/exceeded quota: pods-[01]/),
      });
      expect(await crowded.left()).toEqual([]);
    } finally {
      await crowded.close();
    }
  });

  test("a ConfigMap of somebody else's by the cluster's name", async () => {
    const spec = newCluster();
    const metadata = { name: spec.clusterId };
    await kube.make('configmaps', { apiVersion: 'v1', kind: 'ConfigMap', metadata });
    await expect(target.ensure(spec, soon())).rejects.toMatchObject({
      code: 'CLUSTER_START_FAILED',
      message: expect.stringContaining('is not ours'),
    });
    const found = await kube.find(kube.collections.configMaps, spec.clusterId);
    await kube.api.remove(kube.collections.configMaps, found, soon());
  });

  test('state in a container that would go with it', async () => {
    const spec = newCluster({ stateDirectories: [`file:///data/${randomUUID()}`] });
    await expect(target.ensure(spec, soon())).rejects.toMatchObject({
      message: expect.stringContaining('would be lost with it'),
    });
  });
});

test("a finalizer of somebody else's is named and left alone (reliability.md 3.2)", async () => {
  const spec = newCluster();
  await target.ensure(spec, soon());
  const { services } = kube.collections;
  const held = { metadata: { finalizers: ['example.com/held'] } };
  await kube.api.merge(services, spec.clusterId, held, soon());
  const strip = () =>
    kube.api.merge(services, spec.clusterId, { metadata: { finalizers: null } }, soon());
  try {
    await expect(target.destroy(spec, soon())).rejects.toMatchObject({
      code: 'TARGET_UNREACHABLE',
      message: expect.stringContaining('held by the finalizer example.com/held'),
    });
    expect(await kube.find(services, spec.clusterId)).toMatchObject(held.metadata);
  } finally {
    await strip();
  }
  await expect(target.destroy(spec, soon())).resolves.toMatchObject({
    evidence: expect.stringContaining('holds nothing'),
  });
});

test('an API server that does not answer says nothing about its clusters (S25)', async () => {
  const server = new URL('https://127.0.0.1:1');
  const others = kube.targets({ server, callTimeoutMs: 1_000 });
  const deaf = await others.at({ namespace: kube.namespace });
  const spec = newCluster();
  expect(await deaf.describe(spec, soon())).toMatchObject({
    kind: 'unknown',
    why: expect.stringContaining('nobody listens there'),
  });
  for (const call of [deaf.ensure(spec, soon()), deaf.destroy(spec, soon()), deaf.list(soon())])
    await expect(call).rejects.toMatchObject({ code: 'TARGET_UNREACHABLE' });
  await others.close();
});

describe('what people do to its objects by hand', () => {
  const spec = newCluster();
  const isUp = (one: Present) => one.restUrl !== undefined && one.taskManagersRunning === 1;

  test('its configuration cannot be edited under it (S30)', async () => {
    await target.ensure(spec, soon());
    const edited = { data: { 'config.yaml': '' } };
    const edit = kube.api.merge(kube.collections.configMaps, spec.clusterId, edited, soon());
    await expect(edit).rejects.toMatchObject({ message: expect.stringContaining('immutable') });
    await seen(spec, 'all runs', isUp);
  });

  test('TaskManagers that were scaled away do not come back by themselves, and are mended', async () => {
    const name = `${spec.clusterId}-taskmanager`;
    await kube.api.merge(kube.collections.deployments, name, { spec: { replicas: 0 } }, soon());
    const answer = await seen(
      spec,
      'none runs',
      ({ taskManagersRunning }) => taskManagersRunning === 0,
    );
    expect(answer).not.toHaveProperty('healing');
    await target.ensure(spec, soon());
    expect(await seen(spec, 'it runs again', isUp)).toMatchObject({ healing: true });
    await target.destroy(spec, soon());
  });
});
