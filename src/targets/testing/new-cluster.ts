import { randomUUID } from 'node:crypto';
import type { ClusterSpec } from '../../core/cluster.ts';
import { clusterIdOf } from '../../core/ids.ts';

/** A cluster of a Job that no other test knows. @param more what it has instead of the least that there must be. */
export function newCluster(more: Partial<ClusterSpec> = {}): ClusterSpec {
  const jobId = randomUUID();
  return {
    clusterId: clusterIdOf(jobId),
    jobId,
    deploymentId: randomUUID(),
    namespace: 'default',
    target: 'local',
    flinkVersion: '2.3',
    taskManagers: 1,
    resources: { jobmanager: { cpu: 1, memory: '1g' }, taskmanager: { cpu: 1, memory: '1g' } },
    flinkConfiguration: {},
    log4jLoggers: {},
    stateDirectories: [],
    ...more,
  };
}
