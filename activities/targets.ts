import { Refused, Unreachable } from '../src/core/errors/index.ts';
import type { DeploymentTargetRecord } from '../src/core/records.ts';
import type { ClusterTarget } from '../src/targets/target.ts';
import type { ActivityDeps, ReachableTargets } from './deps.ts';

/**
 * What a DeploymentTarget stands for.
 * @throws {Refused} SETUP_INCOMPLETE: this process does not serve its kind, or does not know its API server.
 */
export async function reach(
  targets: ReachableTargets,
  { name, spec }: Pick<DeploymentTargetRecord, 'name' | 'spec'>,
): Promise<ClusterTarget> {
  const { local, kubernetes } = targets;
  const found = spec.kubernetes ? await kubernetes?.at(spec.kubernetes) : local;
  if (found) return found;
  const [kind] = Object.keys(spec);
  const message = `DeploymentTarget ${name} is of kind ${kind}, which this worker does not serve (SLUICE_TARGETS)`;
  throw new Refused('SETUP_INCOMPLETE', message);
}

/** Where clusters may be: the host, or a place that DeploymentTargets name. */
export interface Place {
  /** The DeploymentTargets that name it; the host is there without one. */
  records: DeploymentTargetRecord[];
  /** @throws {Refused} SETUP_INCOMPLETE: this process cannot look there. */
  open(): Promise<ClusterTarget>;
}

/** Every such place once. */
export async function places({
  store,
  targets,
}: Pick<ActivityDeps, 'store' | 'targets'>): Promise<Place[]> {
  const { local } = targets;
  const found = new Map<string, Place>();
  if (local) found.set('local', { records: [], open: async () => local });
  for (const record of await store.targets.all()) {
    const { kubernetes } = record.spec;
    const key = kubernetes ? JSON.stringify([kubernetes.context, kubernetes.namespace]) : 'local';
    const place = found.get(key) ?? { records: [], open: () => reach(targets, record) };
    place.records.push(record);
    found.set(key, place);
  }
  return [...found.values()];
}

/** Whether a place could not be looked at: it tells nothing, and the others still do. */
export const isBlind = (error: unknown): error is Error =>
  error instanceof Unreachable || (error instanceof Refused && error.code === 'SETUP_INCOMPLETE');
