import type { ClusterRef } from '../src/core/cluster.ts';
import { terminalJobStates } from '../src/core/vocabulary.ts';
import type { ActivityDeps } from './deps.ts';

/**
 * Clusters on our targets that no open Job names: planted, or left where a person forced an end (S5, F12). They are told,
 * never adopted and never removed: nobody knows what they hold. A Job's row is written before its cluster is made and
 * closed after it is gone, so a cluster under way never counts.
 */
export async function findOrphans(
  { store, targets }: Pick<ActivityDeps, 'store' | 'targets'>,
  signal: AbortSignal,
): Promise<ClusterRef[]> {
  const orphans: ClusterRef[] = [];
  for (const target of Object.values(targets)) {
    for (const ref of await target.list(signal)) {
      const job = await store.jobs.get(ref.jobId);
      if (!job || terminalJobStates.includes(job.state)) orphans.push(ref);
    }
  }
  return orphans;
}
