import type { ClusterSpec, KubernetesOptions } from '../../../core/cluster.ts';
import * as targets from '../../testing/new-cluster.ts';

/** For calls that nobody gives up. */
export const { signal: forever } = new AbortController();

/** A cluster of a kubernetes target that no other test knows. */
export const newCluster = (more: Partial<ClusterSpec> = {}): ClusterSpec =>
  targets.newCluster({ target: 'kube', image: 'flink', ...more });

export const clusterWith = (kubernetes: KubernetesOptions): ClusterSpec =>
  newCluster({ kubernetes });
