import type { ClusterRef } from '../src/core/cluster.ts';
import { jobIdOf } from '../src/core/ids.ts';
import type { JobRecord } from '../src/core/records.ts';
import { terminalJobStates } from '../src/core/vocabulary.ts';
import type { ActivityDeps } from './deps.ts';
import { reachable } from './targets.ts';

/**
 * Clusters on our targets that no open Job names: planted, or left where a person forced an end (S5, F12). They are told,
 * never adopted and never removed: nobody knows what they hold. A Job's row is written before its cluster is made and
 * closed after it is gone, so a cluster under way never counts.
 */
export async function findOrphans(
  deps: Pick<ActivityDeps, 'store' | 'targets'>,
  signal: AbortSignal,
): Promise<ClusterRef[]> {
  const orphans: ClusterRef[] = [];
  for (const target of await reachable(deps)) {
    for (const ref of await target.list(signal)) {
      const job = await deps.store.jobs.get(ref.jobId);
      if (!job || terminalJobStates.includes(job.state)) orphans.push(ref);
    }
  }
  return orphans;
}

/** A cluster of a Deployment whose Job is in no record. */
export interface Stranger {
  /** For people. */
  what: string;
  /** Of its Job: the next one needs another, or it would bear the same id (S23). 0: not one that Sluice gave. */
  sequence: number;
}

/** A backup that is older than so many Jobs of one Deployment is beyond help. */
const mostSequences = 2_000;
const mostAttempts = 20;

/**
 * Clusters that bear the Deployment's id and whose Job the store does not know: it was restored from a backup, since a
 * Job's row is written before its cluster is made (S1, S3).
 * @param known the Deployment's Jobs in the store.
 */
export async function findStrangers(
  deps: Pick<ActivityDeps, 'store' | 'targets'>,
  deploymentId: string,
  known: readonly Pick<JobRecord, 'id' | 'sequence'>[],
  signal: AbortSignal,
): Promise<Stranger[]> {
  const strangers: Stranger[] = [];
  const highest = Math.max(0, ...known.map(({ sequence }) => sequence));
  for (const target of await reachable(deps)) {
    for (const ref of await target.list(signal)) {
      if (ref.deploymentId !== deploymentId || known.some(({ id }) => id === ref.jobId)) continue;
      const sequence = sequenceOf(ref, highest);
      const what = `cluster ${ref.clusterId} on target ${ref.target} has the Job ${ref.jobId}, which is in no record`;
      strangers.push({ what, sequence });
    }
  }
  return strangers;
}

/** Looked for from the newest Job in the store on: ids derive from the sequence, and do not tell it. */
function sequenceOf({ deploymentId, jobId }: ClusterRef, highest: number): number {
  for (let sequence = highest; sequence <= highest + mostSequences; sequence += 1)
    for (let attempt = 1; attempt <= mostAttempts; attempt += 1)
      if (jobIdOf(deploymentId, sequence, attempt) === jobId) return sequence;
  return 0;
}
