import type { ClusterRef } from '../src/core/cluster.ts';
import { Unreachable } from '../src/core/errors/index.ts';
import { jobIdOf } from '../src/core/ids.ts';
import type { DeploymentTargetRecord, JobRecord } from '../src/core/records.ts';
import { terminalJobStates } from '../src/core/vocabulary.ts';
import type { ActivityDeps } from './deps.ts';
import { isBlind, type Place, places } from './targets.ts';

export interface Orphans {
  clusters: ClusterRef[];
  /** Why places could not be looked at. */
  unseen: string[];
}

/**
 * Clusters on our targets that no open Job names: planted, or left where a person forced an end (S5, F12). They are told,
 * never adopted and never removed: nobody knows what they hold. A Job's row is written before its cluster is made and
 * closed after it is gone, so a cluster under way never counts.
 */
export async function findOrphans(
  deps: Pick<ActivityDeps, 'store' | 'targets'>,
  signal: AbortSignal,
): Promise<Orphans> {
  const { refs, unseen } = await listAll(deps, signal);
  const clusters: ClusterRef[] = [];
  for (const ref of refs) {
    const job = await deps.store.jobs.get(ref.jobId);
    if (!job || terminalJobStates.includes(job.state)) clusters.push(ref);
  }
  return { clusters, unseen };
}

/**
 * What all places have. They are asked at once: some that do not answer cost no more time than one.
 * @param blind is told of a place that could not be looked at, and may throw that.
 */
async function listAll(
  deps: Pick<ActivityDeps, 'store' | 'targets'>,
  signal: AbortSignal,
  blind: (place: Place, error: Error) => void = () => undefined,
): Promise<{ refs: ClusterRef[]; unseen: string[] }> {
  const unseen: string[] = [];
  const listAt = async (place: Place): Promise<ClusterRef[]> => {
    try {
      return await (await place.open()).list(signal);
    } catch (error) {
      if (!isBlind(error) || signal.aborted) throw error;
      blind(place, error);
      // What this process does not serve is another's to look at.
      if (error instanceof Unreachable) unseen.push(error.message);
      return [];
    }
  };
  const lists = await Promise.all((await places(deps)).map(listAt));
  return { refs: lists.flat(), unseen };
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

export interface Strangers {
  found: Stranger[];
  /** Why places that the Deployment is not known to use could not be looked at. */
  unseen: string[];
}

/**
 * Clusters that bear the Deployment's id and whose Job the store does not know: it was restored from a backup, since a
 * Job's row is written before its cluster is made (S1, S3). Only a place that the Deployment is known to use must answer:
 * one that is away would hold up all the others.
 * @param known the Deployment's Jobs in the store.
 * @throws {Unreachable} such a place does not answer.
 */
export async function findStrangers(
  deps: Pick<ActivityDeps, 'store' | 'targets'>,
  deploymentId: string,
  known: readonly Pick<JobRecord, 'id' | 'sequence' | 'target' | 'namespace'>[],
  signal: AbortSignal,
): Promise<Strangers> {
  const strangers: Stranger[] = [];
  const highest = Math.max(0, ...known.map(({ sequence }) => sequence));
  const isUsed = await usedBy(deps, deploymentId, known);
  const { refs, unseen } = await listAll(deps, signal, ({ records }, error) => {
    if (records.some(isUsed)) throw asUnreachable(error);
  });
  for (const ref of refs) {
    if (ref.deploymentId !== deploymentId || known.some(({ id }) => id === ref.jobId)) continue;
    const sequence = sequenceOf(ref, highest);
    const what = `cluster ${ref.clusterId} on target ${ref.target} has the Job ${ref.jobId}, which is in no record`;
    strangers.push({ what, sequence });
  }
  return { found: strangers, unseen };
}

/** What this worker cannot reach is nothing that it knows about: another one may. */
const asUnreachable = (error: Error): Unreachable =>
  error instanceof Unreachable
    ? error
    : new Unreachable('TARGET_UNREACHABLE', error.message, { cause: error });

/** Whether a DeploymentTarget is one that the Deployment names, or that one of its Jobs ran on. */
async function usedBy(
  { store }: Pick<ActivityDeps, 'store'>,
  deploymentId: string,
  jobs: readonly Pick<JobRecord, 'target' | 'namespace'>[],
): Promise<(target: DeploymentTargetRecord) => boolean> {
  const deployment = await store.deployments.get(deploymentId);
  const { deploymentTargetId, deploymentTargetName } = deployment?.spec ?? {};
  const names = [deploymentTargetId, deploymentTargetName, ...jobs.map(({ target }) => target)];
  const namespace = deployment?.namespace ?? jobs[0]?.namespace;
  return (target) =>
    target.namespace === namespace && (names.includes(target.id) || names.includes(target.name));
}

/** Looked for from the newest Job in the store on: ids derive from the sequence, and do not tell it. */
function sequenceOf({ deploymentId, jobId }: ClusterRef, highest: number): number {
  for (let sequence = highest; sequence <= highest + mostSequences; sequence += 1)
    for (let attempt = 1; attempt <= mostAttempts; attempt += 1)
      if (jobIdOf(deploymentId, sequence, attempt) === jobId) return sequence;
  return 0;
}
