import type { ClusterRef } from '../src/core/cluster.ts';
import { Refused } from '../src/core/errors/index.ts';
import type { NewEvent } from '../src/core/records.ts';
import type { ActivityDeps } from './deps.ts';

/**
 * Tells an event of a Deployment from within an effect. Its key lets it be told once, however often it is tried; a
 * workflow replaced in this instant tells it another time.
 */
export async function tellOnce(
  deps: ActivityDeps,
  cluster: ClusterRef,
  event: NewEvent,
): Promise<void> {
  const { deploymentId, namespace } = cluster;
  const row = await deps.store.deployments.get(deploymentId);
  if (!row) return;
  const batch = { deploymentId, namespace, fence: row.fence, at: event.at, events: [event] };
  await deps.store.write(batch).catch((error: unknown) => {
    if (!(error instanceof Refused && error.code === 'FENCED_OUT')) throw error;
  });
}
