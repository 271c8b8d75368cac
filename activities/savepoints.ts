import type { JobEnd } from '../src/core/deployment/state.ts';
import type { JobHandle } from '../src/core/deployment/steps.ts';
import { Refused } from '../src/core/errors/index.ts';
import { withoutDashes } from '../src/core/ids.ts';
import type { FlinkEndpoint } from '../src/flink/client.ts';
import { awaitStop, lookAtSavepoint } from './await-savepoint.ts';
import { locate, missingTaskManagers, withoutLog } from './clusters.ts';
import type { Activities, CheckpointTimeout, StopAttempt, Stoppable } from './contract.ts';
import type { ActivityDeps } from './deps.ts';
import { Diagnostician, notRunning } from './diagnosis.ts';
import { endOf, gone } from './job-end.ts';
import { directoryOf, openRows } from './own-savepoints.ts';
import { type Look, NotYet, pollUntil } from './poll.ts';
import { runActivity } from './run-activity.ts';
import { allTasksRun } from './start.ts';

type Savepoints = Pick<
  Activities,
  'awaitStoppable' | 'triggerStop' | 'awaitStop' | 'triggerSavepoint' | 'awaitSavepoint'
>;

/** Effects around savepoints. One trigger id per attempt, stored before the first call, never shared, never doubled. */
export const createSavepoints = (deps: ActivityDeps): Savepoints => ({
  awaitStoppable: (input) => {
    const diagnostician = new Diagnostician(input.job.flinkJobId);
    return pollUntil<Stoppable>(
      input,
      (look) => isStoppable(deps, input, diagnostician, look),
      (why) => {
        throw new Refused(
          'SAVEPOINT_FAILED',
          `no savepoint can be taken: not all tasks of the job were running within ${input.timeoutMs} ms: ${why}`,
        );
      },
    );
  },

  triggerStop: (input) => runActivity((signal) => triggerStop(deps, input, signal)),

  awaitStop: (input) => awaitStop(deps, input),

  triggerSavepoint: ({ job, savepointId }) =>
    runActivity(async (signal) => {
      const at = await locate(deps, job.cluster, signal);
      if (at.kind === 'gone') throw new Refused('NO_ACTIVE_JOB', at.why);
      await at.endpoint.triggerSavepoint(requestOf(job, savepointId), signal);
      return await timeoutOf(at.endpoint, job, signal);
    }),

  awaitSavepoint: (input) =>
    pollUntil(
      input,
      (look) => lookAtSavepoint(deps, input.job, input.savepointId, look),
      (why) => {
        throw new Refused('SAVEPOINT_FAILED', `not complete within ${input.timeoutMs} ms: ${why}`);
      },
    ),
});

const requestOf = (job: JobHandle, savepointId: string) => ({
  jobId: job.flinkJobId,
  targetDirectory: directoryOf(job, savepointId),
  triggerId: withoutDashes(savepointId),
});

async function isStoppable(
  deps: ActivityDeps,
  { job, savepointId, earlier, mayRepair }: StopAttempt & { mayRepair: boolean },
  diagnostician: Diagnostician,
  look: Look,
): Promise<Stoppable | NotYet> {
  const { signal } = look;
  const at = await locate(deps, job.cluster, signal);
  if (at.kind === 'gone') return { end: gone(deps, at.why) };
  const stops = { job, savepointId, earlier };
  if (await stopUnderWay(deps, at.endpoint, stops, signal))
    return timeoutOf(at.endpoint, job, signal);
  const seen = await at.endpoint.job(job.flinkJobId, signal);
  if (!seen) return new NotYet('Flink does not know the job');
  const end = await endOf(deps, at.endpoint, job, seen.state, signal);
  if (end) return { end };
  const missing = missingTaskManagers(at.seen);
  if (mayRepair && missing) return { degraded: withoutLog(missing) };
  if (seen.state === 'RUNNING' && allTasksRun(seen)) return timeoutOf(at.endpoint, job, signal);
  if (missing) return new NotYet(`${withoutLog(missing)}, and it was mended often enough`);
  return notRunning(await diagnostician.ask(at.endpoint, seen, look));
}

/** By Flink's word: the program may have set another one than the configuration (F17). */
async function timeoutOf(
  endpoint: FlinkEndpoint,
  job: JobHandle,
  signal: AbortSignal,
): Promise<CheckpointTimeout> {
  const known = await endpoint.checkpointConfiguration(job.flinkJobId, signal);
  return known ? { checkpointTimeoutMs: known.timeoutMs } : {};
}

/**
 * Every stop of this job that Sluice may have sent: this attempt's, the step's earlier ones, and by the store those of
 * other steps. Their rows say STARTED where a workflow was lost (F65), FAILED where an attempt was given up while Flink
 * was still at it (F20).
 */
async function openStops(
  deps: ActivityDeps,
  { job, savepointId, earlier }: Pick<StopAttempt, 'job' | 'savepointId' | 'earlier'>,
): Promise<string[]> {
  const { namespace, jobId } = job.cluster;
  const rows = await deps.store.savepoints.list(namespace, { jobId });
  // A late copy: whoever came after this step's workflow has said that its savepoint never was (R18, S21).
  if (rows.some(({ id, state }) => id === savepointId && state === 'FAILED'))
    throw new Refused(
      'FENCED_OUT',
      `savepoint ${savepointId} was given up before it was asked for`,
    );
  const known = rows
    .filter(({ origin, state }) => origin === 'SUSPEND' && state !== 'COMPLETED')
    .map(({ id }) => id)
    .slice(-openRows);
  return [...new Set([savepointId, ...earlier, ...known.reverse()])];
}

/**
 * A stop of ours that may still end, or has ended the job. One that failed with a good savepoint is joined only where
 * this very step asked for it: after any other the job went on, for days maybe, and its savepoint is an old one (R02).
 */
async function stopUnderWay(
  deps: ActivityDeps,
  endpoint: FlinkEndpoint,
  stops: Pick<StopAttempt, 'job' | 'savepointId' | 'earlier'>,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { job, savepointId, earlier } = stops;
  for (const id of await openStops(deps, stops)) {
    const operation = await endpoint.savepointOperation(job.flinkJobId, withoutDashes(id), signal);
    const { status } = operation;
    if (status === 'in-progress' || status === 'completed') return id;
    const own = id === savepointId || earlier.includes(id);
    if (status === 'failed' && operation.location !== undefined && own) return id;
  }
  return undefined;
}

/** Never a second stop while one is open: two at once were measured to leave the job FAILED (flink.md 5). */
async function triggerStop(
  deps: ActivityDeps,
  { job, savepointId, earlier }: StopAttempt,
  signal: AbortSignal,
): Promise<{ savepointId: string; end?: JobEnd }> {
  const at = await locate(deps, job.cluster, signal);
  if (at.kind === 'gone') return { savepointId, end: gone(deps, at.why) };
  const stops = { job, savepointId, earlier };
  const underWay = await stopUnderWay(deps, at.endpoint, stops, signal);
  if (underWay) return { savepointId: underWay };
  const state = await at.endpoint.jobState(job.flinkJobId, signal);
  const end = state && (await endOf(deps, at.endpoint, job, state, signal));
  if (end) return { savepointId, end };
  await at.endpoint.stopWithSavepoint(requestOf(job, savepointId), signal);
  return { savepointId };
}
