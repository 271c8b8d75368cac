import type { JobEnd } from '../src/core/deployment/state.ts';
import type { JobHandle, RecordEndOutcome } from '../src/core/deployment/steps.ts';
import type { ActivityDeps } from './deps.ts';
import { isSilentStorage, newestOf } from './found-checkpoints.ts';
import { type LateStop, lateStops } from './late-stops.ts';

/**
 * What a job that ended by itself left; a stop of ours that ended it counts as done (2.4, F37). Both are asked, and
 * ranked by Flink's ids: a stop that was given up may be days older than the job's last checkpoint.
 * @param acceptLoss the answer may be uncertain: nothing that is restored depends on it.
 */
export async function recordEnd(
  deps: ActivityDeps,
  ended: Ended,
  signal: AbortSignal,
): Promise<RecordEndOutcome> {
  try {
    return await lookAndRank(deps, ended, signal);
  } catch (error) {
    // It is looked for once more as its cluster goes, which waits no longer either.
    if (!ended.acceptLoss || !isSilentStorage(error)) throw error;
    return { kind: 'unread', end: ended.end, stops: [] };
  }
}

interface Ended {
  job: JobHandle;
  end: JobEnd;
  acceptLoss: boolean;
}

async function lookAndRank(
  deps: ActivityDeps,
  { job, end, acceptLoss }: Ended,
  signal: AbortSignal,
): Promise<RecordEndOutcome> {
  const late = await lateStops(deps, job, signal);
  const newest = await newestOf(deps, job, end.state, signal);
  const stops = late.stops.map(({ savepoint, checkpointId }) => ({ savepoint, checkpointId }));
  const left = { stops, ...(newest.found ? { found: newest.found } : {}) };
  const why = newest.uncertain ?? late.unknown;
  if (why !== undefined && !acceptLoss) return { kind: 'uncertain', end, why, ...left };
  const last = late.stops.at(-1);
  return last && endedJob(last, end, newest.highestId)
    ? { kind: 'stopped', ...left }
    : { kind: 'recorded', end, ...left };
}

/** Nothing came after it. A job that went on after it and then finished did so by itself. */
const endedJob = (last: LateStop, end: JobEnd, highestId: number): boolean =>
  last.checkpointId >= highestId && !(last.jobWentOn && end.state === 'FINISHED');
