import type { ClusterSpec } from '../../core/cluster.ts';
import { Refused } from '../../core/errors/index.ts';
import { claimAddress, freeAddresses } from './addresses.ts';
import { type ClusterFile, folderIds, removeLeftovers } from './cluster-folder.ts';
import { withLock } from './kernel-lock.ts';
import type { ClusterHandle } from './look.ts';
import type { LocalTargetSettings } from './options.ts';
import { readHostIdentity } from './processes.ts';

/**
 * Takes room, an address and a folder for a cluster. One lock of the installation, so that many at once do not take more
 * room than there is.
 * @throws {Refused} NO_ROOM_ON_TARGET
 */
export async function makeClusterFolder(
  settings: LocalTargetSettings,
  cluster: ClusterHandle,
  spec: ClusterSpec,
  signal: AbortSignal,
): Promise<ClusterFile> {
  return await withLock(['room', cluster.owner], signal, async () => {
    await removeLeftovers(settings.dataDirectory);
    await refuseWhenFull(settings);
    const { owner, clusterId, folder } = cluster;
    const who = { owner, clusterId, folder: folder.path };
    const address = await claimAddress(settings.hostDirectory, who, settings.ports, signal);
    settings.onStep('address claimed', clusterId);
    try {
      const file = await describeNew(settings, spec, address);
      await folder.make(file);
      settings.onStep('folder made', clusterId);
      return file;
    } catch (error) {
      await freeAddresses(settings.hostDirectory, who, signal);
      throw error;
    }
  });
}

async function refuseWhenFull({ dataDirectory, maxClusters }: LocalTargetSettings): Promise<void> {
  const { length } = await folderIds(dataDirectory);
  if (length < maxClusters) return;
  const message = `this host has ${length} of at most ${maxClusters} clusters; suspend a Deployment or raise maxClusters`;
  throw new Refused('NO_ROOM_ON_TARGET', message);
}

async function describeNew(
  { ports }: LocalTargetSettings,
  spec: ClusterSpec,
  address: string,
): Promise<ClusterFile> {
  const { clusterId, jobId, deploymentId, namespace, target } = spec;
  return {
    ref: { clusterId, jobId, deploymentId, namespace, target },
    host: await readHostIdentity(),
    address,
    restPort: ports.rest,
    rpcPort: ports.rpc,
    taskManagers: spec.taskManagers,
  };
}
