import type { ClusterHolder, ClusterRef } from '../src/core/cluster.ts';
import { HeldElsewhere, Refused } from '../src/core/errors/index.ts';
import type { ActivityDeps } from './deps.ts';
import { tellOnce } from './tell-once.ts';

/**
 * Makes sure that this installation is the one that holds a cluster: the first to ask for it does, for good. From
 * anywhere else it has no folder and no process, which is no evidence that it is absent (S25).
 * @throws {HeldElsewhere}
 */
export async function requireHeldHere(
  deps: ActivityDeps,
  cluster: ClusterRef,
  here: ClusterHolder,
): Promise<void> {
  const holder = await deps.store.jobs.holder(cluster.jobId, here);
  if (holder === undefined)
    throw new Refused(
      'FENCED_OUT',
      `Job ${cluster.jobId} is not in the store: its Deployment was deleted`,
    );
  if (holder.id === here.id) return;
  const message =
    `cluster ${cluster.clusterId} is held by the installation ${holder.id} at ${holder.place}, ` +
    `and the worker of ${here.id} at ${here.place} cannot see what runs there: only a worker there can go on`;
  await tellOnce(deps, cluster, {
    key: `held-elsewhere/${cluster.jobId}/${here.id}`,
    name: 'GENERAL_FAILURE',
    message: `Waits for another host: ${message}`,
    jobId: cluster.jobId,
    at: deps.now(),
  });
  throw new HeldElsewhere(message);
}
