import { ValidationFailed } from '../core/errors/index.ts';
import {
  createKubernetesTargets,
  type KubernetesTargets,
} from '../targets/kubernetes/kubernetes-target.ts';
import type { Basis } from './compose.ts';

/** One call of the API server, in ms: it may have to wait for etcd. */
const callTimeoutMs = 15_000;

/** Lists of a namespace with hundreds of clusters. */
const maxReplyBytes = 64 * 1024 * 1024;

/**
 * The kubernetes targets, which are also the way to Flink through their API servers; none where they are not served.
 * @throws {ValidationFailed} they are to be served, and no cluster is known, or its Flink is to speak TLS from outside.
 * @throws {Refused} SETUP_INCOMPLETE: the cluster of our own cannot be used.
 */
export async function openKubernetesTargets({
  config,
  scope,
  log,
}: Basis): Promise<KubernetesTargets | undefined> {
  if (!config.targets.includes('kubernetes')) return undefined;
  const { kubernetes } = config;
  if (!kubernetes) throw noCluster();
  // The client library takes 90 MB and a quarter of a second, which only those pay who use it.
  const { openConnection } = await import('../targets/kubernetes/connection.ts');
  const limits = { callTimeoutMs, maxReplyBytes };
  const targets = createKubernetesTargets({
    connect: (context) => openConnection({ ...kubernetes, context, ...limits }),
    callTimeoutMs,
    now: Date.now,
    tls: config.flinkTls.secrets,
    tellWatch: (kubernetesNamespace, trouble) => {
      if (trouble === undefined) log.info({ kubernetesNamespace }, 'watch of pods goes on');
      else log.warn({ kubernetesNamespace, reason: trouble.why }, watchWithout[trouble.kind]);
    },
  });
  scope.defer('Kubernetes', () => targets.close());
  // What is wrong with the one that every worker has is known from the start.
  const { isInside } = await targets.connect();
  if (config.flinkTls.secrets && !isInside) throw tlsFromOutside();
  return targets;
}

/** Nothing is lost by it but the API server's ease. */
const watchWithout = {
  refused: 'watch of pods is refused: each look asks the API server until the right is given',
  failing: 'watch of pods has failed for a minute: each look asks the API server until it goes on',
};

/** The API server's proxy shows Flink no certificate, so that such a Sluice would make clusters it cannot speak to. */
const tlsFromOutside = (): ValidationFailed => {
  const message =
    'needs Sluice in the cluster itself: with KUBECONFIG Flink is reached through the proxy of the API server, which carries no client certificate';
  return new ValidationFailed([{ field: 'SLUICE_FLINK_TLS_SECRET', message }]);
};

const noCluster = (): ValidationFailed => {
  const message = 'names kubernetes, but no cluster is known: set KUBECONFIG, or run in a pod';
  return new ValidationFailed([{ field: 'SLUICE_TARGETS', message }]);
};
