import type { JobEnd } from '../src/core/deployment/state.ts';
import type { JobHandle } from '../src/core/deployment/steps.ts';
import { Refused } from '../src/core/errors/index.ts';
import { withoutDashes } from '../src/core/ids.ts';
import type { FlinkEndpoint } from '../src/flink/client.ts';
import { isScannable, samePath, savepointIn } from '../src/flink/state-directories.ts';
import { locate } from './clusters.ts';
import type { Activities, StopAttempt, Stoppable, StopResult } from './contract.ts';
import type { ActivityDeps } from './deps.ts';
import { checkpointIdOf } from './found-checkpoints.ts';
import { endOf, gone } from './job-end.ts';
import { pollUntil } from './poll.ts';
import { runActivity } from './run-activity.ts';
import { allTasksRun } from './start.ts';

type Savepoints = Pick<
  Activities,
  'awaitStoppable' | 'triggerStop' | 'awaitStop' | 'triggerSavepoint' | 'awaitSavepoint'
>;

/** Effects around savepoints. One trigger id per attempt, stored before the first call, never shared, never doubled. */
export const createSavepoints = (deps: ActivityDeps): Savepoints => ({
  awaitStoppable: (input) =>
    pollUntil(
      input,
      (signal) => isStoppable(deps, input, signal),
      () => {
        throw new Refused(
          'SAVEPOINT_FAILED',
          `no savepoint can be taken: not all tasks of the job were running within ${input.timeoutMs} ms`,
        );
      },
    ),

  triggerStop: (input) => runActivity((signal) => triggerStop(deps, input, signal)),

  awaitStop: (input) =>
    pollUntil<StopResult>(
      { ...input, eager: true },
      (signal) => lookAtStop(deps, input, signal),
      () => {
        throw new Refused(
          'SAVEPOINT_FAILED',
          `savepoint ${input.savepointId} was not complete within ${input.timeoutMs} ms; Flink is still at it`,
        );
      },
    ),

  triggerSavepoint: ({ job, savepointId }) =>
    runActivity(async (signal) => {
      const at = await locate(deps, job.cluster, signal);
      if (at.kind === 'gone') throw new Refused('NO_ACTIVE_JOB', at.why);
      await at.endpoint.triggerSavepoint(requestOf(job, savepointId), signal);
    }),

  awaitSavepoint: (input) =>
    pollUntil(
      input,
      (signal) => lookAtSavepoint(deps, input.job, input.savepointId, signal),
      () => {
        throw new Refused('SAVEPOINT_FAILED', `not complete within ${input.timeoutMs} ms`);
      },
    ),
});

/** Where a savepoint goes: a folder of its own, named by its id, so that it can be found by looking (2.1). */
export function directoryOf(job: JobHandle, savepointId: string): string {
  if (!job.savepointBase)
    throw new Refused('SAVEPOINT_NOT_CONFIGURED', 'the job has no savepoint directory');
  return `${job.savepointBase.replace(/\/+$/, '')}/${savepointId}`;
}

const requestOf = (job: JobHandle, savepointId: string) => ({
  jobId: job.flinkJobId,
  targetDirectory: directoryOf(job, savepointId),
  triggerId: withoutDashes(savepointId),
});

async function isStoppable(
  deps: ActivityDeps,
  { job, savepointId, earlier, mayRepair }: StopAttempt & { mayRepair: boolean },
  signal: AbortSignal,
): Promise<Stoppable | undefined> {
  const at = await locate(deps, job.cluster, signal);
  if (at.kind === 'gone') return { end: gone(deps, at.why) };
  for (const id of await openStops(deps, { job, savepointId, earlier }))
    if (await isUnderWay(at.endpoint, job, id, signal)) return {};
  const seen = await at.endpoint.job(job.flinkJobId, signal);
  if (!seen) return undefined;
  const end = await endOf(deps, at.endpoint, job, seen.state, signal);
  if (end) return { end };
  const { taskManagersRunning: running, taskManagersWanted: wanted } = at.seen;
  if (mayRepair && running < wanted)
    return { degraded: `${running} of ${wanted} TaskManagers run` };
  return seen.state === 'RUNNING' && allTasksRun(seen) ? {} : undefined;
}

/** Rows of one job that are looked at; what older ones asked for has ended long ago. */
const openRows = 32;

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
  const known = rows
    .filter(({ origin, state }) => origin === 'SUSPEND' && state !== 'COMPLETED')
    .map(({ id }) => id)
    .slice(-openRows);
  return [...new Set([savepointId, ...earlier, ...known.reverse()])];
}

/** An operation of ours that may still end, or has ended with a savepoint. */
async function isUnderWay(
  endpoint: FlinkEndpoint,
  job: JobHandle,
  savepointId: string,
  signal: AbortSignal,
): Promise<boolean> {
  const operation = await endpoint.savepointOperation(
    job.flinkJobId,
    withoutDashes(savepointId),
    signal,
  );
  if (operation.status === 'failed') return operation.location !== undefined;
  return operation.status !== 'unknown';
}

/** Never a second stop while one is open: two at once were measured to leave the job FAILED (flink.md 5). */
async function triggerStop(
  deps: ActivityDeps,
  { job, savepointId, earlier }: StopAttempt,
  signal: AbortSignal,
): Promise<{ savepointId: string; end?: JobEnd }> {
  const at = await locate(deps, job.cluster, signal);
  if (at.kind === 'gone') return { savepointId, end: gone(deps, at.why) };
  for (const id of await openStops(deps, { job, savepointId, earlier }))
    if (await isUnderWay(at.endpoint, job, id, signal)) return { savepointId: id };
  const state = await at.endpoint.jobState(job.flinkJobId, signal);
  const end = state && (await endOf(deps, at.endpoint, job, state, signal));
  if (end) return { savepointId, end };
  await at.endpoint.stopWithSavepoint(requestOf(job, savepointId), signal);
  return { savepointId };
}

/** The four outcomes of a stop (reliability.md 2.2 rule 8); `undefined` while it is not decided. */
async function lookAtStop(
  deps: ActivityDeps,
  input: StopAttempt,
  signal: AbortSignal,
): Promise<StopResult | undefined> {
  const { job, savepointId } = input;
  const at = await locate(deps, job.cluster, signal);
  if (at.kind === 'gone') return stopWithoutFlink(deps, job, savepointId, at.why);
  const { endpoint } = at;
  const trigger = withoutDashes(savepointId);
  const operation = await endpoint.savepointOperation(job.flinkJobId, trigger, signal);
  if (operation.status === 'in-progress') return undefined;
  const state = await endpoint.jobState(job.flinkJobId, signal);
  const end = state && (await endOf(deps, endpoint, job, state, signal));
  const location = await locationOf(endpoint, job, savepointId, operation, signal);
  if (location) {
    const checkpointId = await checkpointIdOf(endpoint, job.flinkJobId, location, signal);
    const found = {
      location,
      proven: end !== undefined,
      ...(checkpointId === undefined ? {} : { checkpointId }),
    };
    if (end) return { kind: 'completed', ...found };
    return operation.status === 'failed' ? { kind: 'failed-stopping', ...found } : undefined;
  }
  if (end) return { kind: 'ended', end };
  if (state === undefined) return undefined;
  const cause =
    operation.status === 'failed' ? operation.cause : 'Flink does not know the operation';
  throw new Refused('SAVEPOINT_FAILED', cause);
}

/** Flink's answer, else its checkpoint history, else the pinned directory; a path that is no path is none (F19). */
async function locationOf(
  endpoint: FlinkEndpoint,
  job: JobHandle,
  savepointId: string,
  operation: Awaited<ReturnType<FlinkEndpoint['savepointOperation']>>,
  signal: AbortSignal,
): Promise<string | undefined> {
  const told =
    operation.status === 'completed' || operation.status === 'failed'
      ? operation.location
      : undefined;
  if (told && isLocation(told)) return told;
  const directory = directoryOf(job, savepointId);
  const latest = (await endpoint.checkpoints(job.flinkJobId, signal))?.latestSavepoint?.path;
  if (latest && samePath(latest.slice(0, latest.lastIndexOf('/')), directory)) return latest;
  return savepointIn(directory);
}

const isLocation = (text: string): boolean => /^[a-z][a-z0-9+.-]*:\/?\/?\S+$/i.test(text);

/** The JobManager is proven gone: only the directory can tell whether the savepoint was completed (F21). */
async function stopWithoutFlink(
  deps: ActivityDeps,
  job: JobHandle,
  savepointId: string,
  why: string,
): Promise<StopResult> {
  const directory = directoryOf(job, savepointId);
  const location = await savepointIn(directory);
  if (location) return { kind: 'completed', location, proven: false };
  if (isScannable(directory)) return { kind: 'ended', end: gone(deps, why) };
  throw new Refused(
    'RESTORE_POINT_UNCERTAIN',
    `${why}, and whether the savepoint in ${directory} was completed cannot be told from here`,
  );
}

async function lookAtSavepoint(
  deps: ActivityDeps,
  job: JobHandle,
  savepointId: string,
  signal: AbortSignal,
): Promise<{ location: string; checkpointId?: number } | undefined> {
  const at = await locate(deps, job.cluster, signal);
  if (at.kind === 'gone') {
    const location = await savepointIn(directoryOf(job, savepointId));
    if (location) return { location };
    throw new Refused('NO_ACTIVE_JOB', at.why);
  }
  const { endpoint } = at;
  const trigger = withoutDashes(savepointId);
  const operation = await endpoint.savepointOperation(job.flinkJobId, trigger, signal);
  if (operation.status === 'in-progress') return undefined;
  const location = await locationOf(endpoint, job, savepointId, operation, signal);
  if (location) {
    const checkpointId = await checkpointIdOf(endpoint, job.flinkJobId, location, signal);
    return { location, ...(checkpointId === undefined ? {} : { checkpointId }) };
  }
  const cause =
    operation.status === 'failed' ? operation.cause : 'Flink does not know the operation';
  throw new Refused('SAVEPOINT_FAILED', cause);
}
