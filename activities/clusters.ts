import type { ClusterObservation, ClusterRef } from '../src/core/cluster.ts';
import { Refused, Unreachable } from '../src/core/errors/index.ts';
import type { FlinkEndpoint } from '../src/flink/client.ts';
import type { ClusterTarget } from '../src/targets/target.ts';
import type { ActivityDeps } from './deps.ts';
import { elsewhere, requireHeldHere, wasNeverMade } from './held-here.ts';
import { NotYet } from './poll.ts';
import { reach } from './targets.ts';

/**
 * The target that holds a cluster. @throws {Refused} TARGET_NOT_FOUND: it does not exist.
 * @throws {HeldElsewhere} this worker does not serve it, or the cluster cannot be seen from here.
 */
export async function targetOf(
  deps: ActivityDeps,
  cluster: ClusterRef,
  signal: AbortSignal,
): Promise<ClusterTarget> {
  const found = await servedTarget(deps, cluster);
  await requireHeldHere(deps, cluster, found, signal);
  return found;
}

/**
 * As {@link targetOf}, for a removal. `undefined`: nothing was ever made of the cluster, nor will be.
 * @param mayHaveRun its job was submitted, or may have been.
 */
export async function targetToClear(
  deps: ActivityDeps,
  cluster: ClusterRef,
  mayHaveRun: boolean,
  signal: AbortSignal,
): Promise<ClusterTarget | undefined> {
  const found = await servedTarget(deps, cluster);
  if (await wasNeverMade(deps, cluster, found, mayHaveRun, signal)) return undefined;
  await requireHeldHere(deps, cluster, found, signal);
  return found;
}

async function servedTarget(deps: ActivityDeps, cluster: ClusterRef): Promise<ClusterTarget> {
  const { namespace, target } = cluster;
  const record = await deps.store.targets.get(namespace, target);
  if (!record)
    throw new Refused(
      'TARGET_NOT_FOUND',
      `DeploymentTarget ${target} does not exist in namespace ${namespace}`,
    );
  return await reach(deps.targets, record).catch(async (error: unknown) => {
    if (!(error instanceof Refused)) throw error;
    const what = 'a worker that serves its target';
    throw await elsewhere(deps, cluster, { by: 'not-served', what, why: error.message });
  });
}

/** A cluster and how to speak to it; `gone` carries evidence that its JobManager cannot come back (S25). */
export type Located =
  | {
      kind: 'up';
      endpoint: FlinkEndpoint;
      seen: Present;
    }
  | { kind: 'gone'; why: string; absent: boolean };

export type Present = Extract<ClusterObservation, { kind: 'present' }>;
type Known = Exclude<ClusterObservation, { kind: 'unknown' }>;

/** Looks at a cluster. @throws {Unreachable} its target does not answer, or does not know: no evidence of anything. */
export async function observe(
  deps: ActivityDeps,
  cluster: ClusterRef,
  signal: AbortSignal,
): Promise<Known> {
  const target = await targetOf(deps, cluster, signal);
  const seen = await target.describe(cluster, signal);
  if (seen.kind === 'unknown') throw new Unreachable('TARGET_UNREACHABLE', seen.why);
  return seen;
}

/** Finds a cluster. @throws {Unreachable} as {@link observe}, and while it has no address. */
export const locate = async (
  deps: ActivityDeps,
  cluster: ClusterRef,
  signal: AbortSignal,
): Promise<Located> => locationOf(deps, cluster, await observe(deps, cluster, signal));

/** How to speak to a cluster that was looked at. @throws {Unreachable} FLINK_UNREACHABLE: it has no address. */
export function locationOf(deps: ActivityDeps, cluster: ClusterRef, seen: Known): Located {
  if (seen.kind === 'absent') return { kind: 'gone', why: seen.evidence, absent: true };
  if (seen.jobManager === 'exited') {
    const why = `the JobManager is gone${seen.trouble ? `: ${seen.trouble}` : ''}`;
    return { kind: 'gone', why, absent: false };
  }
  if (!seen.restUrl) {
    const known = seen.trouble ?? seen.pending;
    const why = known ? `: ${known}` : ' yet';
    throw new Unreachable('FLINK_UNREACHABLE', `cluster ${cluster.clusterId} has no address${why}`);
  }
  return { kind: 'up', endpoint: deps.flink.at(seen.restUrl, cluster.clusterId), seen };
}

/** What a cluster that should run falls short of, for people; `undefined`: every TaskManager runs. */
export function shortOf(seen: Present): string | undefined {
  const { taskManagersRunning: running, taskManagersWanted: wanted } = seen;
  if (running >= wanted) return undefined;
  const why = seen.trouble ?? seen.pending;
  return `${running} of ${wanted} TaskManagers run${why ? `: ${why}` : ''}`;
}

/** The same, where waiting alone brings none back. */
export const missingTaskManagers = (seen: Present): string | undefined =>
  seen.healing ? undefined : shortOf(seen);

/** What a process said last comes along with its end; where that is too much, it is left out. */
export const withoutLog = (trouble: string): string =>
  trouble.split('. Its last lines:\n')[0] ?? trouble;

/**
 * For a cluster that comes up: its target says that the JobManager runs, so silence is the new cluster's own, and the
 * attempt's time runs (reliability.md 2.3).
 */
export async function silentMeansNotYet<T>(
  call: Promise<T>,
  signal: AbortSignal,
): Promise<T | NotYet> {
  try {
    return await call;
  } catch (error) {
    const isSilent = error instanceof Unreachable && error.code === 'FLINK_UNREACHABLE';
    if (!isSilent || signal.aborted) throw error;
    return new NotYet(`the JobManager runs, but does not answer: ${error.message}`);
  }
}
