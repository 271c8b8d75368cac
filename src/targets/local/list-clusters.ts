import type { ClusterRef } from '../../core/cluster.ts';
import { folderIds } from './cluster-folder.ts';
import type { LocalTargetSettings } from './options.ts';
import { listProcesses } from './processes.ts';
import { clusterIn } from './target-context.ts';
import { readToken } from './token.ts';

/** Every cluster of this installation that has a folder or a process, so that nothing made is ever without owner (S5). */
export async function listClusters(settings: LocalTargetSettings): Promise<ClusterRef[]> {
  const found = new Map<string, ClusterRef>();
  for (const process of await listProcesses()) {
    const token = readToken(process);
    if (token?.owner === settings.owner) found.set(token.ref.clusterId, token.ref);
  }
  for (const id of await folderIds(settings.dataDirectory)) {
    const file = await clusterIn(settings, id).folder.read();
    // It may have been removed since its name was read.
    if (file !== undefined) found.set(id, file.ref);
  }
  return [...found.values()];
}
