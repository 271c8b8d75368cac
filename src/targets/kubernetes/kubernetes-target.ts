/** Clusters in namespaces of Kubernetes: the public surface of this folder. */
import type { ClusterRef } from '../../core/cluster.ts';
import { Refused, Unreachable } from '../../core/errors/index.ts';
import type { ClusterTarget } from '../target.ts';
import { createApi, KubernetesRefusal } from './api.ts';
import type { Connection } from './connection.ts';
import type { Place } from './context.ts';
import { describeCluster } from './describe-cluster.ts';
import { destroyCluster } from './destroy-cluster.ts';
import { ensureCluster } from './ensure-cluster.ts';
import { listClusters } from './list-clusters.ts';
import { isQuota } from './trouble.ts';

export interface KubernetesTargetOptions {
  connection: Connection;
  /** Kubernetes' namespace; empty: our own. */
  namespace: string;
  /** Of one call of the API server, in ms. */
  callTimeoutMs: number;
  now: () => number;
}

/** A target whose clusters are pods of one namespace. Holds nothing: any number may exist, in any number of processes. */
export function createKubernetesTarget(options: KubernetesTargetOptions): ClusterTarget {
  const { connection, callTimeoutMs } = options;
  const namespace = options.namespace || connection.ownNamespace;
  const place: Place = { connection, namespace, api: createApi(connection, callTimeoutMs) };
  return {
    ensure: (spec, signal) => asRefused(() => ensureCluster(place, spec, signal)),
    describe: async (ref: ClusterRef, signal) => {
      try {
        return await describeCluster(place, ref, signal);
      } catch (error) {
        const isBlind = error instanceof Unreachable || error instanceof KubernetesRefusal;
        if (!isBlind || signal.aborted) throw error;
        return { kind: 'unknown', why: error.message };
      }
    },
    destroy: (ref, signal) => asUnknown(() => destroyCluster(place, ref, options.now(), signal)),
    list: (signal) => asUnknown(() => listClusters(place, signal)),
  };
}

/** What Kubernetes refuses to make is an outcome, in its own words. */
async function asRefused<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof KubernetesRefusal)) throw error;
    const code = isQuota(error.message) ? 'NO_ROOM_ON_TARGET' : 'CLUSTER_START_FAILED';
    throw new Refused(code, `Kubernetes refuses the cluster: ${error.message}`, { cause: error });
  }
}

/** Rights may be given back: what we may not see or remove is unknown, and is tried again (S25). */
async function asUnknown<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof KubernetesRefusal)) throw error;
    const message = `Kubernetes refuses it: ${error.message}`;
    throw new Unreachable('TARGET_UNREACHABLE', message, { cause: error });
  }
}
