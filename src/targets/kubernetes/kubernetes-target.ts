/** Clusters in namespaces of Kubernetes: the public surface of this folder. */
import type { ClusterRef } from '../../core/cluster.ts';
import { Refused, Unreachable } from '../../core/errors/index.ts';
import type { ClusterTarget } from '../target.ts';
import { createApi, KubernetesRefusal } from './api.ts';
import type { Connection } from './connection.ts';
import type { WatchedPlace } from './context.ts';
import { describeCluster } from './describe-cluster.ts';
import { destroyCluster } from './destroy-cluster.ts';
import { ensureCluster } from './ensure-cluster.ts';
import { KnownClusters } from './known-clusters.ts';
import { listClusters } from './list-clusters.ts';
import { isQuota } from './trouble.ts';
import { PodWatch } from './watch-pods.ts';

export interface KubernetesOptions {
  connection: Connection;
  /** Of one call of the API server, in ms. */
  callTimeoutMs: number;
  now: () => number;
}

/** The targets of one API server: one per namespace, each with a watch that all its clusters share. */
export interface KubernetesTargets {
  /** @param namespace of Kubernetes; empty: our own. */
  inNamespace(namespace: string): ClusterTarget;
  close(): Promise<void>;
}

/** Any number of processes may have such targets at a time: what they must remember is in the cluster. */
export function createKubernetesTargets(options: KubernetesOptions): KubernetesTargets {
  const { connection, callTimeoutMs, now } = options;
  const api = createApi(connection, callTimeoutMs);
  const places = new Map<string, WatchedPlace>();
  const placeOf = (namespace: string): WatchedPlace => {
    const known = places.get(namespace);
    if (known) return known;
    const watch = new PodWatch(api, namespace);
    const place = { connection, namespace, api, watch, known: new KnownClusters() };
    places.set(namespace, place);
    return place;
  };
  return {
    inNamespace: (namespace) => targetAt(placeOf(namespace || connection.ownNamespace), now),
    close: async () => {
      await Promise.all([...places.values()].map(({ watch }) => watch.close()));
    },
  };
}

const targetAt = (place: WatchedPlace, now: () => number): ClusterTarget => ({
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
  destroy: (ref, signal) => {
    place.known.forget(ref);
    return asUnknown(() => destroyCluster(place, ref, now(), signal));
  },
  list: (signal) => asUnknown(() => listClusters(place, signal)),
});

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
