/** Clusters in namespaces of Kubernetes: the public surface of this folder. */
import type { ClusterRef } from '../../core/cluster.ts';
import { Refused, Unreachable } from '../../core/errors/index.ts';
import type { KubernetesPlace } from '../../core/records.ts';
import type { ClusterTarget } from '../target.ts';
import { KubernetesRefusal, unseen } from './answers.ts';
import { createApi } from './api.ts';
import type { Connection } from './connection.ts';
import type { WatchedPlace } from './context.ts';
import { describeCluster } from './describe-cluster.ts';
import { destroyCluster } from './destroy-cluster.ts';
import { ensureCluster } from './ensure-cluster.ts';
import { leadsThrough } from './flink-address.ts';
import { NamespaceIdentity } from './identity.ts';
import { KnownClusters } from './known-clusters.ts';
import { listClusters } from './list-clusters.ts';
import { PodEvents } from './pod-events.ts';
import type { TlsSecrets } from './tls.ts';
import { isQuota } from './trouble.ts';
import { PodWatch, type WatchTrouble } from './watch-pods.ts';

export interface KubernetesOptions {
  /** Opens the way to an API server: that of a context, or without one the worker's own. @throws {Refused} SETUP_INCOMPLETE */
  connect(context: string | undefined): Promise<Connection>;
  /** Of one call of the API server, in ms. */
  callTimeoutMs: number;
  now: () => number;
  /** Hears of a namespace whose pods cannot be watched, and why; and with `undefined` that its watch goes on. */
  tellWatch?: (namespace: string, trouble: WatchTrouble | undefined) => void;
  /** With what new clusters speak TLS, in each namespace; absent: they speak in the clear. */
  tls?: TlsSecrets | undefined;
}

/** The targets of all API servers: one per namespace, each with a watch that all its clusters share. */
export interface KubernetesTargets {
  /** Opens the way to the API server of those that name no context. @throws {Refused} SETUP_INCOMPLETE */
  connect(): Promise<Connection>;
  /** @throws {Refused} SETUP_INCOMPLETE: there is no way to such an API server. */
  at(place: KubernetesPlace): Promise<ClusterTarget>;
  /** The API server through which an address of Flink leads that a target named; `undefined`: through none. */
  gatewayTo(restUrl: URL): Connection | undefined;
  /** Ends the watches, and closes the connections. */
  close(): Promise<void>;
}

/** Any number of processes may have such targets at a time: what they must remember is in the cluster. */
export function createKubernetesTargets(options: KubernetesOptions): KubernetesTargets {
  const { connect, now } = options;
  const connections = new Kept(connect);
  const places = new Map<string, WatchedPlace>();
  return {
    connect: () => connections.of(undefined),
    at: async ({ namespace, context }) => {
      const connection = await connections.of(context);
      const name = namespace || connection.ownNamespace;
      const key = JSON.stringify([context, name]);
      const place = places.get(key) ?? watchedPlace(connection, { name, context }, options);
      places.set(key, place);
      return targetAt(place, now);
    },
    gatewayTo: (restUrl) =>
      [...places.values()].find((place) => leadsThrough(restUrl, place))?.connection,
    close: async () => {
      await Promise.all([...places.values()].map(({ watch }) => watch.close()));
      await connections.close();
    },
  };
}

function watchedPlace(
  connection: Connection,
  { name: namespace, context }: { name: string; context: string | undefined },
  { callTimeoutMs, now, tellWatch, tls }: KubernetesOptions,
): WatchedPlace {
  const api = createApi(connection, callTimeoutMs);
  const identity = new NamespaceIdentity(api, connection.server, namespace);
  const watch = new PodWatch(api, namespace, (trouble) => tellWatch?.(namespace, trouble));
  const known = new KnownClusters();
  const events = new PodEvents(api, namespace, now);
  return { connection, context, namespace, api, identity, tls, watch, known, events };
}

/** One connection per context. One that could not be opened is tried again: a kubeconfig may be mended. */
class Kept {
  readonly #connect: KubernetesOptions['connect'];
  readonly #opened = new Map<string | undefined, Promise<Connection>>();

  constructor(connect: KubernetesOptions['connect']) {
    this.#connect = connect;
  }

  async of(context: string | undefined): Promise<Connection> {
    const opened = this.#opened.get(context) ?? this.#connect(context);
    this.#opened.set(context, opened);
    try {
      return await opened;
    } catch (error) {
      this.#opened.delete(context);
      throw error;
    }
  }

  async close(): Promise<void> {
    const opened = await Promise.allSettled(this.#opened.values());
    await Promise.all(
      opened.map((one) => (one.status === 'fulfilled' ? one.value.close() : undefined)),
    );
  }
}

/** One asker's view of a place: what it does and concludes is of the namespace that it was told of. */
function targetAt(place: WatchedPlace, now: () => number): ClusterTarget {
  let told: string | undefined;
  const confirm = (signal: AbortSignal) => place.identity.confirm(told, signal);
  return {
    holder: async (signal, { afresh } = { afresh: false }) => {
      const here = await place.identity.holder(signal, afresh);
      told = here?.id;
      return here;
    },
    ensure: async (spec, signal) => {
      // A namespace that was never seen holds nothing of ours: what keeps us from it is an outcome as well.
      const isOutcome = (error: KubernetesRefusal) => !error.isOfRead || told === undefined;
      return await asRefused(isOutcome, async () => {
        await confirm(signal);
        return await ensureCluster(place, spec, signal);
      });
    },
    describe: async (ref: ClusterRef, signal) => {
      try {
        return await describeCluster(place, ref, told, signal);
      } catch (error) {
        const isBlind = error instanceof Unreachable || error instanceof KubernetesRefusal;
        if (!isBlind || signal.aborted) throw error;
        return { kind: 'unknown', why: error.message };
      }
    },
    destroy: (ref, signal) => {
      place.known.forget(ref);
      place.events.forget(ref);
      return asUnknown(async () => {
        await confirm(signal);
        const gone = await destroyCluster(place, ref, now(), signal);
        await confirm(signal);
        return gone;
      });
    },
    list: (signal) => asUnknown(() => listClusters(place, signal)),
  };
}

/** What Kubernetes refuses to make is an outcome, in its own words; what it refuses to show is none. */
async function asRefused<T>(
  isOutcome: (error: KubernetesRefusal) => boolean,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof KubernetesRefusal)) throw error;
    if (!isOutcome(error)) throw unseen(error);
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
    throw unseen(error);
  }
}
