import type { KubernetesApi } from './api.ts';
import type { Connection } from './connection.ts';

/** A namespace of a cluster, as the steps of a target work with it. */
export interface Place {
  api: KubernetesApi;
  connection: Connection;
  /** Kubernetes' namespace. */
  namespace: string;
}
