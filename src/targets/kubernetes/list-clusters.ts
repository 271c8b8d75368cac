import type { ClusterRef } from '../../core/cluster.ts';
import type { Place } from './context.ts';
import { clusterLabel, collectionsOf, managedBy } from './names.ts';
import { readReply, replies } from './replies.ts';

/** Every cluster of the namespace that has a root, ours or of another Sluice: nobody else bears these labels. */
export async function listClusters(place: Place, signal: AbortSignal): Promise<ClusterRef[]> {
  const labelSelector = Object.entries(managedBy)
    .map(([label, value]) => `${label}=${value}`)
    .concat(clusterLabel)
    .join(',');
  const { configMaps } = collectionsOf(place.namespace);
  const roots = await place.api.list(configMaps, { labelSelector, onlyMetadata: true }, signal);
  return readReply(replies.objects, roots).items.map(({ metadata: { labels, annotations } }) => ({
    clusterId: labels[clusterLabel] ?? '',
    jobId: labels['sluice.dev/job'] ?? '',
    deploymentId: labels['sluice.dev/deployment'] ?? '',
    namespace: annotations['sluice.dev/namespace'] ?? '',
    target: annotations['sluice.dev/target'] ?? '',
  }));
}
