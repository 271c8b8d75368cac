import type { JobEnd } from '../src/core/deployment/state.ts';
import type { JobHandle, RecordEndOutcome } from '../src/core/deployment/steps.ts';
import { HeldElsewhere, Unreachable } from '../src/core/errors/index.ts';
import { withoutDashes } from '../src/core/ids.ts';
import type { SavepointRecord } from '../src/core/records.ts';
import { savepointIn } from '../src/flink/state-directories.ts';
import { locate, targetOf } from './clusters.ts';
import type { Activities, CancelJob } from './contract.ts';
import type { ActivityDeps } from './deps.ts';
import { checkpointIdOf, lastKnownOf, newer, newestOf } from './found-checkpoints.ts';
import { endOf, gone } from './job-end.ts';
import { pollUntil } from './poll.ts';
import { runActivity } from './run-activity.ts';
import { directoryOf } from './savepoints.ts';

type Stop = Pick<
  Activities,
  'cancelJob' | 'recordEnd' | 'closeCluster' | 'lastKnown' | 'repairCluster'
>;

/** Effects that end jobs and clusters, keeping what can be restored. */
export const createStop = (deps: ActivityDeps): Stop => ({
  cancelJob: (input) => cancelJob(deps, input),

  recordEnd: ({ job, end }) => runActivity((signal) => recordEnd(deps, job, end, signal)),

  closeCluster: ({ job, mayHaveRun }) =>
    runActivity(async (signal) => {
      const before = mayHaveRun ? await newestOf(deps, job, signal) : {};
      const target = await targetOf(deps, job.cluster);
      const { evidence } = await target.destroy(job.cluster, signal);
      const after = mayHaveRun ? await newestOf(deps, job, signal) : {};
      const found = newer(before.found, after.found);
      return { kind: 'closed' as const, evidence, ...(found ? { found } : {}) };
    }),

  lastKnown: ({ job }) =>
    runActivity(async () => {
      const found = await lastKnownOf(deps, job);
      return found ? { found } : {};
    }),

  repairCluster: ({ cluster }) =>
    runActivity(async (signal) => {
      const target = await targetOf(deps, cluster);
      const seen = await target.ensure(cluster, signal);
      if (seen.kind === 'unknown') throw new Unreachable('TARGET_UNREACHABLE', seen.why);
      if (seen.kind === 'absent') return { kind: 'gone' as const, why: seen.evidence };
      return seen.jobManager === 'exited'
        ? { kind: 'gone' as const, why: seen.trouble ?? 'the JobManager is gone' }
        : { kind: 'repaired' as const };
    }),
});

/**
 * Cancels, again and again, until the job's end is known. After the grace the cluster is torn down around a job that does
 * not end (F40); while Flink is silent a STATELESS upgrade waits, a user's cancel does not (reliability.md 2.4).
 */
async function cancelJob(
  deps: ActivityDeps,
  { job, graceMs, pollMs, onSilence }: CancelJob,
): Promise<{ end: JobEnd; proven: boolean }> {
  const began = deps.now();
  const graceOver = () => deps.now() - began >= graceMs;
  const tornDown = (why: string) => ({
    end: { state: 'CANCELED' as const, why, at: deps.now() },
    proven: false,
  });
  return pollUntil(
    { timeoutMs: graceMs, pollMs },
    async (signal) => {
      try {
        const end = await askToEnd(deps, job, signal);
        if (!end) return undefined;
        const { found } = await newestOf(deps, job, signal);
        return { end, proven: end.state !== 'GONE', ...(found ? { found } : {}) };
      } catch (error) {
        const elsewhere = error instanceof HeldElsewhere;
        const silent = error instanceof Unreachable && !elsewhere && !signal.aborted;
        if (silent && onSilence === 'teardown' && graceOver())
          return tornDown('Flink did not answer within the grace');
        throw error;
      }
    },
    () => tornDown('the job did not end within the grace'),
  );
}

async function askToEnd(
  deps: ActivityDeps,
  job: JobHandle,
  signal: AbortSignal,
): Promise<JobEnd | undefined> {
  const at = await locate(deps, job.cluster, signal);
  if (at.kind === 'gone') return gone(deps, at.why);
  const state = await at.endpoint.jobState(job.flinkJobId, signal);
  const end = state && (await endOf(deps, at.endpoint, job, state, signal));
  if (end) return end;
  if (state !== 'CANCELLING') await at.endpoint.cancel(job.flinkJobId, signal);
  return undefined;
}

/** What a job that ended by itself left; a stop of ours that got that far counts as done (2.4, F37). */
async function recordEnd(
  deps: ActivityDeps,
  job: JobHandle,
  end: JobEnd,
  signal: AbortSignal,
): Promise<RecordEndOutcome> {
  const stopped = await completedStop(deps, job, signal);
  if (stopped) return { kind: 'stopped', ...stopped };
  const { found, uncertain } = await newestOf(deps, job, signal);
  if (uncertain && end.state !== 'FINISHED') return { kind: 'uncertain', end, why: uncertain };
  return { kind: 'recorded', end, ...(found ? { found } : {}) };
}

/**
 * A stop with savepoint that got there without anybody hearing of it: its workflow was lost, and its row still says
 * STARTED (F18, F65), or its attempt was given up, and its row says FAILED (R16).
 */
async function completedStop(
  deps: ActivityDeps,
  job: JobHandle,
  signal: AbortSignal,
): Promise<{ savepoint: SavepointRecord; checkpointId?: number } | undefined> {
  const { namespace, jobId } = job.cluster;
  const rows = await deps.store.savepoints.list(namespace, { jobId });
  for (const row of rows.filter(
    ({ origin, state }) => origin === 'SUSPEND' && state !== 'COMPLETED',
  )) {
    const found = await stopLocation(deps, job, row.id, signal);
    if (!found) continue;
    const { resourceVersion: _, createdAt: __, modifiedAt: ___, failure: ____, ...record } = row;
    const { location, checkpointId } = found;
    const savepoint: SavepointRecord = { ...record, state: 'COMPLETED', location };
    return { savepoint, ...(checkpointId === undefined ? {} : { checkpointId }) };
  }
  return undefined;
}

async function stopLocation(
  deps: ActivityDeps,
  job: JobHandle,
  savepointId: string,
  signal: AbortSignal,
): Promise<{ location: string; checkpointId?: number | undefined } | undefined> {
  const listed = await savepointIn(directoryOf(job, savepointId));
  const at = await locate(deps, job.cluster, signal);
  if (at.kind === 'gone') return listed ? { location: listed } : undefined;
  const trigger = withoutDashes(savepointId);
  const told = await at.endpoint.savepointOperation(job.flinkJobId, trigger, signal);
  if (told.status === 'in-progress')
    throw new Unreachable('FLINK_UNREACHABLE', 'the stop is not decided yet');
  const location = told.status === 'unknown' ? listed : (told.location ?? listed);
  if (!location) return undefined;
  return {
    location,
    checkpointId: await checkpointIdOf(at.endpoint, job.flinkJobId, location, signal),
  };
}
