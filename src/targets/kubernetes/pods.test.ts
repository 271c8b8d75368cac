import { describe, expect, test } from 'vitest';
import type { ClusterSpec } from '../../core/cluster.ts';
import { jobManagerService, rootConfigMap } from './objects.ts';
import { jobManagerPod, podTemplate, taskManagers } from './pods.ts';
import { clusterWith, newCluster } from './testing/clusters.ts';

const owner = { name: 'root', uid: 'u1' };
const main = 'flink-main-container';
const rendered = (spec: ClusterSpec) => {
  const { metadata, spec: pod } = podTemplate(spec, 'jobmanager');
  const container = pod?.containers.find(({ name }) => name === main);
  if (!pod || !container) throw new Error('no main container');
  return { metadata, pod, container };
};
/** As one would write it in `jobManagerPodTemplate`. */
const fromTemplate = (spec: object, metadata: object = {}) =>
  rendered(clusterWith({ jobManagerPodTemplate: { metadata, spec } }));
const withMain = (fields: object) =>
  fromTemplate({ containers: [{ name: main, ...fields }] }).container;

test('equal specs make equal objects', () => {
  const spec = newCluster();
  const all = (one: ClusterSpec) =>
    JSON.stringify([
      rootConfigMap(one),
      jobManagerService(one, owner),
      jobManagerPod(one, owner),
      taskManagers(one, owner),
    ]);
  expect(all(structuredClone(spec))).toBe(all(spec));
});

test('names and label values fit what Kubernetes allows (N13)', () => {
  const spec = newCluster({ namespace: 'n'.repeat(300), target: 'Ü '.repeat(100) });
  const objects = [rootConfigMap(spec), jobManagerPod(spec, owner), taskManagers(spec, owner)];
  for (const { metadata } of objects) {
    expect(metadata?.name).toMatch(/^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/);
    for (const value of Object.values(metadata?.labels ?? {}))
      expect(value).toMatch(/^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/);
  }
});

test('what is made goes with the root, and only the JobManager is controlled by it', () => {
  const spec = newCluster();
  const owned = { kind: 'ConfigMap', name: 'root', uid: 'u1', blockOwnerDeletion: true };
  expect(jobManagerPod(spec, owner).metadata?.ownerReferences).toMatchObject([
    { ...owned, controller: true },
  ]);
  for (const { metadata } of [jobManagerService(spec, owner), taskManagers(spec, owner)])
    expect(metadata.ownerReferences).toMatchObject([owned]);
});

test('a process gets what it asks for and no more; 1.5g is written in bytes', () => {
  const resources = { cpu: 0.5, memory: '1.5g' };
  const amounts = { cpu: '0.5', memory: '1610612736' };
  const spec = newCluster({ resources: { jobmanager: resources, taskmanager: resources } });
  expect(rendered(spec).container.resources).toEqual({ requests: amounts, limits: amounts });
});

test('a template may raise limits; requests stay those of the spec', () => {
  const { resources } = withMain({
    resources: { requests: { cpu: '9' }, limits: { cpu: '4', 'example.com/gpu': '1' } },
  });
  expect(resources?.requests).toEqual({ cpu: '1', memory: String(2 ** 30) });
  expect(resources?.limits).toMatchObject({ cpu: '4', 'example.com/gpu': '1' });
});

describe('a pod is hardened (N26)', () => {
  test('without options', () => {
    const { pod, container } = rendered(newCluster());
    expect(pod).toMatchObject({
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    });
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
  });

  test('where the user says nothing; a field of theirs leaves the others', () => {
    const { pod } = fromTemplate({
      automountServiceAccountToken: true,
      securityContext: { fsGroup: 2000 },
    });
    expect(pod.automountServiceAccountToken).toBe(true);
    expect(pod.securityContext).toMatchObject({ fsGroup: 2000, runAsNonRoot: true });
  });
});

describe('what is ours stays ours', () => {
  test('a JobManager is never started again by Kubernetes (S1)', () => {
    const jobManagerPodTemplate = { metadata: { name: 'x' }, spec: { restartPolicy: 'Always' } };
    const spec = clusterWith({ jobManagerPodTemplate });
    const pod = jobManagerPod(spec, owner);
    expect(pod.spec?.restartPolicy).toBe('Never');
    expect(pod.metadata?.name).toBe(`${spec.clusterId}-jobmanager`);
  });

  test('nor its container alone; those beside it are as the template has them (S1)', () => {
    const restartPolicyRules = [{ action: 'Restart', exitCodes: { operator: 'In', values: [1] } }];
    const again = { restartPolicy: 'Always', restartPolicyRules };
    const containers = [main, 'logs'].map((name) => ({ name, image: 'i', ...again }));
    const pod = jobManagerPod(
      clusterWith({ jobManagerPodTemplate: { spec: { containers } } }),
      owner,
    );
    const [flink, logs] = pod.spec?.containers ?? [];
    expect(flink).not.toHaveProperty('restartPolicy');
    expect(flink).not.toHaveProperty('restartPolicyRules');
    expect(logs).toMatchObject(again);
  });

  test('labels that tell clusters and components', () => {
    const labels = { 'sluice.dev/cluster': 'other', 'app.kubernetes.io/component': 'other' };
    const spec = clusterWith({ labels, pods: { labels } });
    expect(rendered(spec).metadata?.labels).toMatchObject({
      'sluice.dev/cluster': spec.clusterId,
      'app.kubernetes.io/component': 'jobmanager',
    });
  });

  test('where Flink finds its configuration', () => {
    const { env, volumeMounts } = withMain({
      env: [
        { name: 'A', value: 'a' },
        { name: 'FLINK_CONF_DIR', value: '/x' },
      ],
      volumeMounts: [{ name: 'mine', mountPath: '/opt/flink/conf' }],
    });
    expect(env).toContainEqual({ name: 'FLINK_CONF_DIR', value: '/opt/flink/conf' });
    expect(env).toContainEqual({ name: 'A', value: 'a' });
    const conf = volumeMounts?.filter(({ mountPath }) => mountPath === '/opt/flink/conf');
    expect(conf).toMatchObject([{ name: 'flink-conf', readOnly: true }]);
  });
});

test('sidecars and init containers of a template stay, as they are', () => {
  const sidecar = { name: 'logs', image: 'logs' };
  const initContainers = [{ name: 'fetch', image: 'fetch' }];
  const { pod } = fromTemplate({ containers: [sidecar, { name: main }], initContainers });
  expect(pod.containers.map(({ name }) => name)).toEqual(['logs', main]);
  expect(pod.containers[0]).toEqual(sidecar);
  expect(pod.initContainers).toEqual(initContainers);
});

test('labels of objects reach the pods; those of pods go before them', () => {
  const spec = clusterWith({ labels: { team: 'a', tier: 'x' }, pods: { labels: { team: 'b' } } });
  expect(rendered(spec).metadata?.labels).toMatchObject({ team: 'b', tier: 'x' });
  expect(rootConfigMap(spec).metadata?.labels).toMatchObject({ team: 'a' });
});

test('a label by the name of what every object has is not lost (N15)', () => {
  const spec = clusterWith({ pods: { labels: { constructor: 'x', toString: 'y' } } });
  expect(rendered(spec).metadata?.labels).toMatchObject({ constructor: 'x', toString: 'y' });
});

test('every option of pods arrives where Kubernetes reads it (api.md 4.5)', () => {
  const secret = { name: 'S', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } };
  const passed = {
    nodeSelector: { disk: 'ssd' },
    affinity: { nodeAffinity: {} },
    tolerations: [{ key: 'gpu', operator: 'Exists' }],
    imagePullSecrets: [{ name: 'registry' }],
  };
  const { metadata, pod, container } = rendered(
    clusterWith({
      pods: {
        ...passed,
        annotations: { note: 'x' },
        envVars: [secret, { name: 'A', value: 'a' }],
        volumeMounts: [
          { name: 'v', volume: { secret: { secretName: 's' } }, volumeMount: { mountPath: '/s' } },
        ],
      },
    }),
  );
  expect(metadata?.annotations).toEqual({ note: 'x' });
  expect(pod).toMatchObject(passed);
  expect(container.env).toEqual(expect.arrayContaining([secret, { name: 'A', value: 'a' }]));
  expect(pod.volumes).toContainEqual({ name: 'v', secret: { secretName: 's' } });
  expect(container.volumeMounts).toContainEqual({ name: 'v', mountPath: '/s' });
});

test('an image is named only where there is one', () => {
  expect(rendered(newCluster({ image: 'r/flink:2' })).container.image).toBe('r/flink:2');
  const { image: _, ...without } = newCluster();
  expect(rendered(without).container).not.toHaveProperty('image');
});
