import type { ClusterHolder, ClusterRef } from '../src/core/cluster.ts';
import { HeldElsewhere, Refused, Unreachable } from '../src/core/errors/index.ts';
import type { ClusterTarget, HolderHere } from '../src/targets/target.ts';
import type { ActivityDeps } from './deps.ts';
import { tellOnce } from './tell-once.ts';

/**
 * Makes sure that a cluster is held where the target would look for it: the first place that is asked for it holds it,
 * for good. Anywhere else nothing is seen of it, which is no evidence that it is absent (S25).
 * @throws {HeldElsewhere}
 * @throws {Unreachable} where that is cannot be told now.
 */
export async function requireHeldHere(
  deps: ActivityDeps,
  cluster: ClusterRef,
  target: ClusterTarget,
  signal: AbortSignal,
): Promise<void> {
  const { here, holder } = await holding(deps, cluster, target, signal);
  if (!here) {
    // What was never asked for anywhere is nowhere: its target may say in its own words what it has against it.
    if (holder && holder.id !== nobody.id) throw unseen(cluster, holder);
    return;
  }
  if (holder === undefined)
    throw new Refused(
      'FENCED_OUT',
      `Job ${cluster.jobId} is not in the store: its Deployment was deleted`,
    );
  if (holder.id === nobody.id)
    throw new Refused('FENCED_OUT', `cluster ${cluster.clusterId} was given up before it was made`);
  if (holder.id === here.id || (await here.standsFor?.(holder.id, signal))) return;
  const what = here.vouchBy ? 'its API server' : 'another host';
  throw await elsewhere(deps, cluster, {
    by: here.id,
    what,
    why: otherHolder(cluster, holder, here),
  });
}

/** Where the target would look for a cluster, which is stored for good if nothing is yet, and where it is by the store. */
async function holding(
  { store }: ActivityDeps,
  { jobId }: ClusterRef,
  target: ClusterTarget,
  signal: AbortSignal,
): Promise<{ here: HolderHere | undefined; holder: ClusterHolder | undefined }> {
  const stored = await store.jobs.heldBy(jobId);
  const here = await target.holder(signal, { afresh: stored === undefined });
  const holder = stored ?? (here && (await store.jobs.holder(jobId, here)));
  return { here, holder };
}

/** Holds the cluster of a Job that never had a place, so that a late call does not make it. */
const nobody: ClusterHolder = { id: 'nobody', place: 'no place' };

/**
 * Whether nothing was ever made of a cluster, which then stays so: no place that could hold it was ever seen.
 * @param mayHaveRun somebody knows of its job: that no place is stored is no evidence against that.
 * @throws {Unreachable} it was made, or may have been, in a place that cannot be seen now.
 */
export async function wasNeverMade(
  deps: ActivityDeps,
  cluster: ClusterRef,
  target: ClusterTarget,
  mayHaveRun: boolean,
  signal: AbortSignal,
): Promise<boolean> {
  const { here, holder } = await holding(deps, cluster, target, signal);
  if (holder?.id === nobody.id) return true;
  if (here) return false;
  if (holder || mayHaveRun) throw unseen(cluster, holder);
  const claimed = await deps.store.jobs.holder(cluster.jobId, nobody);
  if (claimed && claimed.id !== nobody.id) throw unseen(cluster, claimed);
  return claimed !== undefined;
}

const unseen = ({ clusterId }: ClusterRef, holder: ClusterHolder | undefined): Unreachable => {
  const place = holder ? `was made in ${holder.place}` : 'may be in a place';
  const message = `cluster ${clusterId} ${place}, which cannot be seen now`;
  return new Unreachable('TARGET_UNREACHABLE', message);
};

function otherHolder(
  { clusterId }: ClusterRef,
  holder: ClusterHolder,
  { id, place, vouchBy }: HolderHere,
): string {
  const how = vouchBy?.(holder.id);
  return how === undefined
    ? `cluster ${clusterId} is held by the installation ${holder.id} at ${holder.place}, ` +
        `and the worker of ${id} at ${place} cannot see what runs there: only a worker there can go on`
    : `cluster ${clusterId} was made in ${holder.place}, with the uid ${holder.id}. This worker sees ${place}, with the ` +
        `uid ${id}: another one, which tells nothing about it. Lead the worker back to the first one, or, ${how}`;
}

interface Elsewhere {
  /** Who cannot see it. */
  by: string;
  /** What it waits for. */
  what: string;
  why: string;
}

/** The error to throw; tells it first as an event of the Deployment. */
export async function elsewhere(
  deps: ActivityDeps,
  cluster: ClusterRef,
  { by, what, why }: Elsewhere,
): Promise<HeldElsewhere> {
  await tellOnce(deps, cluster, {
    key: `held-elsewhere/${cluster.jobId}/${by}`,
    name: 'GENERAL_FAILURE',
    message: `Waits for ${what}: ${why}`,
    jobId: cluster.jobId,
    at: deps.now(),
  });
  return new HeldElsewhere(why);
}
