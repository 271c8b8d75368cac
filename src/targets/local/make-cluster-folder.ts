import type { ClusterSpec } from '../../core/cluster.ts';
import { Refused } from '../../core/errors/index.ts';
import { claimAddress, claimSharedPort, freeAddresses } from './addresses.ts';
import type { ClaimFor } from './claims.ts';
import { type ClusterFile, folderIds, removeLeftovers } from './cluster-folder.ts';
import { withLock } from './kernel-lock.ts';
import type { ClusterHandle } from './look.ts';
import type { FlinkRuntime, LocalTargetSettings } from './options.ts';
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
  runtime: FlinkRuntime,
  signal: AbortSignal,
): Promise<ClusterFile> {
  const { owner, clusterId, folder } = cluster;
  const who = { owner, clusterId, folder: folder.path };
  return await withLock(['room', owner], signal, async () => {
    for (const name of await removeLeftovers(settings.dataDirectory))
      settings.onStep('leftover stays', name);
    await refuseWhenFull(settings);
    try {
      const place = await claimPlaces(settings, who, runtime, signal);
      settings.onStep('address claimed', clusterId);
      const file = { ...place, ...(await describeNew(spec)) };
      await folder.make(file);
      settings.onStep('folder made', clusterId);
      return file;
    } catch (error) {
      await freeAddresses(settings.hostDirectory, who, signal);
      throw error;
    }
  });
}

async function claimPlaces(
  { hostDirectory, ports }: LocalTargetSettings,
  who: ClaimFor,
  runtime: FlinkRuntime,
  signal: AbortSignal,
): Promise<Pick<ClusterFile, 'address' | 'restPort' | 'rpc'>> {
  const address = await claimAddress(hostDirectory, who, ports, signal);
  const rpc = runtime.version.startsWith('1.')
    ? await claimSharedPort(hostDirectory, who, signal)
    : { host: address, port: ports.rpc };
  return { address, restPort: ports.rest, rpc };
}

async function refuseWhenFull({ dataDirectory, maxClusters }: LocalTargetSettings): Promise<void> {
  const { length } = await folderIds(dataDirectory);
  if (length < maxClusters) return;
  const message = `this host has ${length} of at most ${maxClusters} clusters`;
  throw new Refused('NO_ROOM_ON_TARGET', `${message}; suspend a Deployment or raise maxClusters`);
}

async function describeNew(
  spec: ClusterSpec,
): Promise<Pick<ClusterFile, 'ref' | 'host' | 'taskManagers'>> {
  const { clusterId, jobId, deploymentId, namespace, target, taskManagers } = spec;
  const ref = { clusterId, jobId, deploymentId, namespace, target };
  return { ref, host: await readHostIdentity(), taskManagers };
}
