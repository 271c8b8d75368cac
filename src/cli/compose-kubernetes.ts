import type { ReachableTargets } from '../../activities/deps.ts';
import { ValidationFailed } from '../core/errors/index.ts';
import type { Gateway } from '../flink/create-client.ts';
import { createKubernetesTargets } from '../targets/kubernetes/kubernetes-target.ts';
import type { Basis } from './compose.ts';

/** One call of the API server, in ms: it may have to wait for etcd. */
const callTimeoutMs = 15_000;

/** Lists of a namespace with hundreds of clusters, and Flink's answers that come through the API server. */
const maxReplyBytes = 64 * 1024 * 1024;

/**
 * The kubernetes targets and the way to Flink through their API server; empty where they are not served.
 * @throws {ValidationFailed} they are to be served, and no cluster is known.
 */
export async function openKubernetesTargets({
  config,
  scope,
}: Basis): Promise<{ targets: Pick<ReachableTargets, 'kubernetes'>; gateways: Gateway[] }> {
  if (!config.targets.includes('kubernetes')) return { targets: {}, gateways: [] };
  if (!config.kubernetes) throw noCluster();
  // The client library takes 90 MB and a quarter of a second, which only those pay who use it.
  const { openConnection } = await import('../targets/kubernetes/connection.ts');
  const connection = await openConnection({ ...config.kubernetes, callTimeoutMs, maxReplyBytes });
  scope.defer('connection to Kubernetes', () => connection.close());
  const { server, agent, headers } = connection;
  const kubernetes = createKubernetesTargets({ connection, callTimeoutMs, now: Date.now });
  scope.defer('watches of Kubernetes', () => kubernetes.close());
  return {
    targets: { kubernetes },
    gateways: [{ origin: server.origin, agent, headers }],
  };
}

const noCluster = (): ValidationFailed => {
  const message = 'names kubernetes, but no cluster is known: set KUBECONFIG, or run in a pod';
  return new ValidationFailed([{ field: 'SLUICE_TARGETS', message }]);
};
