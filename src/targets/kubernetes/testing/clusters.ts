import { randomUUID } from 'node:crypto';
import type { ClusterSpec, KubernetesOptions } from '../../../core/cluster.ts';
import { clusterIdOf } from '../../../core/ids.ts';

/** For calls that nobody gives up. */
export const { signal: forever } = new AbortController();

/** A cluster that no other test knows. */
export function newCluster(more: Partial<ClusterSpec> = {}): ClusterSpec {
  const jobId = randomUUID();
  return {
    clusterId: clusterIdOf(jobId),
    jobId,
    deploymentId: randomUUID(),
    namespace: 'default',
    target: 'kube',
    flinkVersion: '2.3.0',
    taskManagers: 1,
    resources: { jobmanager: { cpu: 1, memory: '1g' }, taskmanager: { cpu: 1, memory: '1g' } },
    flinkConfiguration: {},
    log4jLoggers: {},
    stateDirectories: [],
    image: 'flink',
    ...more,
  };
}

export const clusterWith = (kubernetes: KubernetesOptions): ClusterSpec =>
  newCluster({ kubernetes });
