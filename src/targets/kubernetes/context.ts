import type { KubernetesApi } from './api.ts';
import type { Connection } from './connection.ts';
import type { NamespaceIdentity } from './identity.ts';
import type { KnownClusters } from './known-clusters.ts';
import type { PodEvents } from './pod-events.ts';
import type { TlsSecrets } from './tls.ts';
import type { PodWatch } from './watch-pods.ts';

/** A namespace of a cluster, as the steps of a target work with it. */
export interface Place {
  api: KubernetesApi;
  connection: Connection;
  /** Kubernetes' namespace. */
  namespace: string;
  /** Of the kubeconfig; absent: the worker's own. */
  context?: string | undefined;
  identity: NamespaceIdentity;
  /** What new clusters speak TLS with; absent: they speak in the clear. */
  tls?: TlsSecrets | undefined;
}

/** The same with what was seen before; one per namespace and process. */
export interface WatchedPlace extends Place {
  watch: PodWatch;
  known: KnownClusters;
  events: PodEvents;
}
