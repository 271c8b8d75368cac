/** Clusters as processes of this host: the public surface of this folder. Linux only, as it reads `/proc`. */
import { hostname } from 'node:os';
import type { ClusterTarget } from '../target.ts';
import { describeCluster } from './describe-cluster.ts';
import { destroyCluster } from './destroy-cluster.ts';
import { ensureCluster } from './ensure-cluster.ts';
import { explainFileError } from './files.ts';
import { listClusters } from './list-clusters.ts';
import { type LocalTargetOptions, withDefaults } from './options.ts';

export type { LocalStep, LocalTargetOptions } from './options.ts';

/**
 * A target that runs real JobManagers and TaskManagers on this host, each cluster on a loopback address of its own.
 * They outlive the process that started them; any later one adopts them by what is on the disk and in `/proc`. Any number
 * of processes of one installation may hold such a target at a time.
 */
export function createLocalTarget(options: LocalTargetOptions): ClusterTarget {
  const target = { settings: withDefaults(options), notes: new Map<string, string>() };
  const { owner: id, dataDirectory } = target.settings;
  return {
    holder: async () => ({ id, place: `${hostname()}:${dataDirectory}` }),
    ensure: async (spec, signal) =>
      await explained(`make the cluster ${spec.clusterId}`, signal, async () => {
        return await ensureCluster(target, spec, signal);
      }),
    describe: async (ref, signal) => await describeCluster(target, ref, signal),
    destroy: async (ref, signal) =>
      await explained(`remove the cluster ${ref.clusterId}`, signal, async () => {
        return await destroyCluster(target, ref, signal);
      }),
    list: async (signal) =>
      await explained('list the clusters', signal, async () => await listClusters(target.settings)),
  };
}

async function explained<T>(what: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  signal.throwIfAborted();
  try {
    return await work();
  } catch (error) {
    throw explainFileError(error, what);
  }
}
