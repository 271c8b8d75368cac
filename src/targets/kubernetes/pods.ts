import type {
  V1Container,
  V1Deployment,
  V1Pod,
  V1PodSpec,
  V1PodTemplateSpec,
} from '@kubernetes/client-node';
import type { ClusterSpec, Resources } from '../../core/cluster.ts';
import { memoryOf, ports, temporaryDirectory } from './configuration.ts';
import { mergeTemplate } from './merge-template.ts';
import { type Component, componentLabel, labelsOf, namesOf, selectedBy } from './names.ts';
import { pluginFolders } from './plugins.ts';
import { mainContainer, templateOf } from './pod-options.ts';
import { type TlsSecrets, tlsParts } from './tls.ts';

/** Who the pods are in the image: Flink's own user (its official images). */
const flinkUser = 9999;

/** What owns an object: with it gone, Kubernetes removes the object, whoever made it however late. */
export interface Owner {
  name: string;
  uid: string;
  /** Its cluster speaks TLS. */
  tls?: TlsSecrets | undefined;
}

/**
 * The JobManager: one pod of a fixed name that nothing but Sluice ever makes, and only once. No workload of Kubernetes
 * says as much: a second pod, as a Deployment or a Job may start beside a lost one, would be a second JobManager (S1).
 * Being owned by a controller lets `kubectl drain` evict it.
 */
export function jobManagerPod(spec: ClusterSpec, owner: Owner): V1Pod {
  const { metadata, spec: pod } = podTemplate(spec, 'jobmanager', owner.tls);
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...metadata,
      name: namesOf(spec).jobManager,
      ownerReferences: [ownedBy(owner, true)],
    },
    spec: {
      ...pod,
      containers: (pod?.containers ?? []).map(neverAgain),
      restartPolicy: 'Never',
    },
  };
}

/** A container's own policy goes before its pod's: Flink would come up again without its job, in the same pod (S1). */
function neverAgain(container: V1Container): V1Container {
  if (container.name !== mainContainer) return container;
  const { restartPolicy: _, restartPolicyRules: __, ...once } = container;
  return once;
}

/** The TaskManagers: any of them may be replaced at any time, also while no Sluice runs. */
export function taskManagers(
  spec: ClusterSpec,
  owner: Owner,
): V1Deployment & { metadata: { name: string } } {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: namesOf(spec).taskManager,
      labels: objectLabels(spec),
      ownerReferences: [ownedBy(owner, false)],
    },
    spec: {
      replicas: spec.taskManagers,
      revisionHistoryLimit: 0,
      selector: { matchLabels: selectedBy(spec.clusterId, 'taskmanager') },
      strategy: { type: 'Recreate' },
      template: podTemplate(spec, 'taskmanager', owner.tls),
    },
  };
}

export const ownedBy = ({ name, uid }: Owner, controller: boolean) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  name,
  uid,
  blockOwnerDeletion: true,
  ...(controller ? { controller } : {}),
});

/** Labels of all objects of a cluster; the user's own cannot stand in for ours. */
export const objectLabels = (spec: ClusterSpec): Record<string, string> => ({
  ...spec.kubernetes?.labels,
  ...labelsOf(spec),
});

/** The user's template or options below, ours on top where Sluice depends on it. */
export function podTemplate(
  spec: ClusterSpec,
  component: Component,
  tls?: TlsSecrets,
): V1PodTemplateSpec {
  const user = templateOf(spec.kubernetes, component);
  const merged = mergeTemplate(user, {
    metadata: { labels: { ...labelsOf(spec), [componentLabel]: component } },
    spec: ourPod(spec, component, pluginFolders(user), tlsParts(tls)),
  });
  const securityContext = { ...hardened.securityContext, ...merged.spec?.securityContext };
  return {
    metadata: {
      ...merged.metadata,
      labels: { ...spec.kubernetes?.labels, ...merged.metadata?.labels },
    },
    spec: {
      ...hardened,
      ...merged.spec,
      securityContext,
      containers: merged.spec?.containers ?? [],
    },
  };
}

/** Unless the user's template says otherwise (N26), field by field. */
const hardened: Partial<V1PodSpec> = {
  automountServiceAccountToken: false,
  enableServiceLinks: false,
  terminationGracePeriodSeconds: 5,
  securityContext: {
    runAsNonRoot: true,
    runAsUser: flinkUser,
    runAsGroup: flinkUser,
    fsGroup: flinkUser,
    seccompProfile: { type: 'RuntimeDefault' },
  },
};

function ourPod(
  spec: ClusterSpec,
  component: Component,
  plugins: ReturnType<typeof pluginFolders>,
  { args, env, ...tls }: ReturnType<typeof tlsParts>,
): V1PodSpec {
  return {
    containers: [
      {
        name: mainContainer,
        ...(spec.image === undefined ? {} : { image: spec.image }),
        args: [component, ...args],
        env: [{ name: 'FLINK_CONF_DIR', value: '/opt/flink/conf' }, ...env],
        ports: portsOf(component),
        resources: resourcesOf(spec.resources[component]),
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        },
        volumeMounts: [
          { name: 'flink-conf', mountPath: '/opt/flink/conf', readOnly: true },
          { name: 'flink-log', mountPath: '/opt/flink/log' },
          { name: 'flink-tmp', mountPath: temporaryDirectory },
          { name: 'tmp', mountPath: '/tmp' },
          ...plugins.mounts,
          ...tls.volumeMounts,
        ],
      },
    ],
    volumes: [
      { name: 'flink-conf', configMap: { name: namesOf(spec).root } },
      { name: 'flink-log', emptyDir: {} },
      { name: 'flink-tmp', emptyDir: {} },
      { name: 'tmp', emptyDir: {} },
      ...plugins.volumes,
      ...tls.volumes,
    ],
  };
}

const portsOf = (component: Component) =>
  component === 'jobmanager'
    ? [
        { name: 'rest', containerPort: ports.rest },
        { name: 'rpc', containerPort: ports.rpc },
        { name: 'blob', containerPort: ports.blob },
      ]
    : [{ name: 'rpc', containerPort: ports.taskManagerRpc }];

/** As in the original, a process has what it asks for and no more. */
function resourcesOf(resources: Resources) {
  const memory = String(memoryOf(resources));
  const cpu = String(resources.cpu);
  return { requests: { cpu, memory }, limits: { cpu, memory } };
}
