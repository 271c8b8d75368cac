import type { ClusterRef } from '../../core/cluster.ts';

/** Names and labels of a cluster's objects. They derive from the Job's id alone, so a retry meets its own (S23). */

/** All of these fit 63 characters: a cluster's id has 33. */
export const namesOf = ({ clusterId }: Pick<ClusterRef, 'clusterId'>) => ({
  /** The ConfigMap that owns all else. */
  root: clusterId,
  service: clusterId,
  jobManager: `${clusterId}-jobmanager`,
  taskManager: `${clusterId}-taskmanager`,
});

export type Component = 'jobmanager' | 'taskmanager';

/** Ours among all objects of a namespace. */
export const managedBy = { 'app.kubernetes.io/managed-by': 'sluice' };

export const clusterLabel = 'sluice.dev/cluster';
export const componentLabel = 'app.kubernetes.io/component';

/** On each object, for finding it and for `kubectl get -l`. Only ids: a user's name need not be a legal label (N13). */
export const labelsOf = ({ clusterId, jobId, deploymentId }: ClusterRef) => ({
  ...managedBy,
  'app.kubernetes.io/name': 'flink',
  [clusterLabel]: clusterId,
  'sluice.dev/job': jobId,
  'sluice.dev/deployment': deploymentId,
});

/** On the root: what labels cannot say. */
export const annotationsOf = ({ namespace, target }: ClusterRef) => ({
  'sluice.dev/namespace': namespace,
  'sluice.dev/target': target,
});

/** On the root, once its JobManager was made: the only pod that may ever have run its job. */
export const jobManagerUid = 'sluice.dev/jobmanager-uid';
/** On the root, before anybody is told its address: the container of that pod in which Flink runs, by its runtime's id. */
export const jobManagerContainer = 'sluice.dev/jobmanager-container';
/** On the root: how many TaskManagers it was made for. */
export const taskManagersWanted = 'sluice.dev/taskmanagers';

/** The labels that tell the pods of one component, or all objects of a cluster. */
export const selectedBy = (clusterId: string, component?: Component): Record<string, string> => ({
  [clusterLabel]: clusterId,
  ...(component ? { [componentLabel]: component } : {}),
});

/** The same as a label selector. */
export const selectorOf = (clusterId: string, component?: Component): string =>
  Object.entries(selectedBy(clusterId, component))
    .map(([label, value]) => `${label}=${value}`)
    .join(',');

/** The collections a target works with, of one namespace. */
export const collectionsOf = (namespace: string) => {
  const core = `/api/v1/namespaces/${encodeURIComponent(namespace)}`;
  const apps = `/apis/apps/v1/namespaces/${encodeURIComponent(namespace)}`;
  return {
    configMaps: `${core}/configmaps`,
    pods: `${core}/pods`,
    services: `${core}/services`,
    deployments: `${apps}/deployments`,
  };
};

/** What Kubernetes says of the objects of a namespace; none of it is an object of ours. */
export const eventsOf = (namespace: string): string =>
  `/api/v1/namespaces/${encodeURIComponent(namespace)}/events`;
