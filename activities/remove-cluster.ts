import { Context } from '@temporalio/activity';
import type { CloseOutcome, JobHandle } from '../src/core/deployment/steps.ts';
import { Unreachable } from '../src/core/errors/index.ts';
import { terminalFlinkJobStates } from '../src/core/vocabulary.ts';
import type { ClusterTarget } from '../src/targets/target.ts';
import { newer } from './checkpoint-places.ts';
import { locate } from './clusters.ts';
import type { ActivityDeps } from './deps.ts';
import { isSilentStorage, type Newest, newestOf } from './found-checkpoints.ts';
import { hurried } from './hurried-storage.ts';

export interface Removal {
  job: JobHandle;
  target: ClusterTarget;
  /** What its job left goes with it, unless it was looked for. */
  acceptLoss: boolean;
}

/**
 * Removes the cluster of a job that may have run and whose newest state nobody has read. What only its JobManager can
 * tell is asked before it goes, what storage tells after; while neither can, nothing is removed (reliability.md 2.2).
 */
export async function removeCluster(
  deps: ActivityDeps,
  removal: Removal,
  signal: AbortSignal,
): Promise<Exclude<CloseOutcome, { kind: 'left-over' }>> {
  const { job, target, acceptLoss } = removal;
  const looking = acceptLoss ? { ...deps, storage: hurried(deps.storage) } : deps;
  const before = await lastLook(looking, removal, signal);
  const known = before.found ? { found: before.found } : {};
  if (before.uncertain !== undefined && !acceptLoss)
    return { kind: 'uncertain', why: before.uncertain, ...known };
  const { evidence } = await target.destroy(job.cluster, signal);
  const after = await newestOf(looking, job, before.end, signal).catch((error: unknown) => {
    // A removal by force does not wait for a bucket that would tell what goes.
    if (!acceptLoss || !isSilentStorage(error)) throw error;
    return { found: undefined, uncertain: error.message };
  });
  const found = newer(before.found, after.found);
  const uncertain = before.certain ? undefined : after.uncertain;
  return {
    kind: 'closed',
    evidence,
    ...(found ? { found } : {}),
    ...(uncertain === undefined ? {} : { uncertain }),
  };
}

type LastLook = Pick<Newest, 'found' | 'end' | 'uncertain'> & { certain?: true };

/** Asked so often, a JobManager that lives and is silent is given up, if the job's directory tells as much after it. */
const mostLooks = 3;

async function lastLook(
  deps: ActivityDeps,
  { job, acceptLoss }: Removal,
  signal: AbortSignal,
): Promise<LastLook> {
  const { checkpointDirectory: directory } = job;
  const listable =
    acceptLoss ||
    directory === undefined ||
    (await deps.storage.listing(directory)).kind === 'listable';
  try {
    if (!listable) await endCheckpoints(deps, job, signal);
    const newest = await newestOf(deps, job, undefined, signal);
    // A job that runs may complete another checkpoint until its processes end: then storage has the last word.
    const isLast = acceptLoss || !listable || newest.end !== undefined;
    return newest.uncertain === undefined && isLast ? { ...newest, certain: true } : newest;
  } catch (error) {
    if (!(error instanceof Unreachable) || signal.aborted) throw error;
    if (acceptLoss) return {};
    // The directory does not tell as much: it was asked, and gave no answer.
    if (!listable || isSilentStorage(error)) throw error;
    if (Context.current().info.attempt >= mostLooks) return {};
    throw error;
  }
}

/** Where only Flink tells the newest checkpoint, none may come between its word and the end of its processes. */
async function endCheckpoints(
  deps: ActivityDeps,
  { cluster, flinkJobId }: JobHandle,
  signal: AbortSignal,
): Promise<void> {
  const at = await locate(deps, cluster, signal);
  if (at.kind === 'gone') return;
  const state = await at.endpoint.jobState(flinkJobId, signal);
  if (!state || state === 'CANCELLING' || terminalFlinkJobStates.includes(state)) return;
  await at.endpoint.cancel(flinkJobId, signal);
  throw new Unreachable('FLINK_UNREACHABLE', 'the job was asked to end, and has not yet');
}
