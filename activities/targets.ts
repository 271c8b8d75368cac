import type { DeploymentTargetRecord } from '../src/core/records.ts';
import type { ClusterTarget } from '../src/targets/target.ts';
import type { ActivityDeps, ReachableTargets } from './deps.ts';

/** What a DeploymentTarget stands for; `undefined`: this process cannot reach its kind. */
export const reach = (
  targets: ReachableTargets,
  { spec }: Pick<DeploymentTargetRecord, 'spec'>,
): ClusterTarget | undefined =>
  spec.kubernetes ? targets.kubernetes?.inNamespace(spec.kubernetes.namespace) : targets.local;

/** Every place where this process may find clusters: the host, and the namespaces that DeploymentTargets name. */
export async function reachable({
  store,
  targets,
}: Pick<ActivityDeps, 'store' | 'targets'>): Promise<ClusterTarget[]> {
  const { local, kubernetes } = targets;
  const records = kubernetes ? await store.targets.all() : [];
  const namespaces = new Set(records.flatMap(({ spec }) => spec.kubernetes?.namespace ?? []));
  return [
    ...(local ? [local] : []),
    ...[...namespaces].flatMap((namespace) => kubernetes?.inNamespace(namespace) ?? []),
  ];
}
