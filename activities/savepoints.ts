import type { JobEnd } from '../src/core/deployment/state.ts';
import type { JobHandle } from '../src/core/deployment/steps.ts';
import { Refused } from '../src/core/errors/index.ts';
import { withoutDashes } from '../src/core/ids.ts';
import { checkpointIdIn } from '../src/flink/checkpoint-metadata.ts';
import type { FlinkEndpoint } from '../src/flink/client.ts';
import { samePath, savepointIn } from '../src/flink/state-directories.ts';
import { locate, missingTaskManagers, silentMeansNotYet, withoutLog } from './clusters.ts';
import type {
  Activities,
  CheckpointTimeout,
  StopAttempt,
  Stoppable,
  StopResult,
} from './contract.ts';
import type { ActivityDeps } from './deps.ts';
import { Diagnostician, notRunning } from './diagnosis.ts';
import { endOf, gone } from './job-end.ts';
import { checkpointIdOf, directoryOf, openRows } from './own-savepoints.ts';
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

  awaitStop: (input) =>
    pollUntil<StopResult>(
      { ...input, eager: true },
      (look) => lookAtStop(deps, input, look),
      (why) => {
        throw new Refused(
          'SAVEPOINT_FAILED',
          `savepoint ${input.savepointId} was not complete within ${input.timeoutMs} ms: ${why}`,
        );
      },
    ),

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

/** The four outcomes of a stop (reliability.md 2.2 rule 8), once it is decided. */
async function lookAtStop(
  deps: ActivityDeps,
  input: StopAttempt,
  look: Look,
): Promise<StopResult | NotYet> {
  const { job, savepointId } = input;
  const { signal } = look;
  const at = await locate(deps, job.cluster, signal);
  if (at.kind === 'gone') return stopWithoutFlink(deps, job, savepointId, at.why);
  const { endpoint } = at;
  const trigger = withoutDashes(savepointId);
  const operation = await endpoint.savepointOperation(job.flinkJobId, trigger, signal);
  if (operation.status === 'in-progress') return inProgress(endpoint, job, look);
  const state = await endpoint.jobState(job.flinkJobId, signal);
  const end = state && (await endOf(deps, endpoint, job, state, signal));
  const location = await locationOf(endpoint, job, savepointId, operation, signal);
  if (location) {
    const checkpointId = await checkpointIdOf(endpoint, job.flinkJobId, location, signal);
    if (checkpointId === undefined) return new NotYet(unranked(location));
    const found = { location, proven: end !== undefined, checkpointId };
    // However the job ended then: it may have gone on after the savepoint, and completed newer checkpoints.
    if (operation.status === 'failed') return { kind: 'failed-stopping', ...found };
    if (end) return { kind: 'completed', ...found };
    return new NotYet(`the savepoint is complete, and the job is ${state ?? 'not known to Flink'}`);
  }
  if (end) return { kind: 'ended', end };
  if (state === undefined) return new NotYet('Flink does not know the job');
  const cause =
    operation.status === 'failed' ? operation.cause : 'Flink does not know the operation';
  throw new Refused('SAVEPOINT_FAILED', cause);
}

const unranked = (location: string): string =>
  `the savepoint is complete, and its id cannot be read yet: neither Flink nor ${location} tells it`;

/** Flink is at it; now and then it is asked how far it has come. */
async function inProgress(
  endpoint: FlinkEndpoint,
  job: JobHandle,
  { signal, thorough }: Look,
): Promise<NotYet> {
  if (!thorough) return new NotYet();
  // Not being told how far it is leaves the clock running: Flink answers, and says that it is at it.
  const seen = await silentMeansNotYet(endpoint.checkpoints(job.flinkJobId, signal), signal);
  if (seen instanceof NotYet) return seen;
  const pending = seen?.pendingSavepoint;
  if (!pending) return new NotYet('the savepoint is IN_PROGRESS in Flink');
  const { triggeredAt, acknowledged, subtasks, bytes } = pending;
  return new NotYet(
    `the savepoint is IN_PROGRESS in Flink since ${new Date(triggeredAt).toISOString()}: ${acknowledged} of ${subtasks} tasks have acknowledged it, with ${bytes} bytes of state`,
  );
}

/** Flink's answer, else its checkpoint history, else the pinned directory; a path that is no path is none (F19). */
export async function locationOf(
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

/**
 * The JobManager is proven gone: only the directory can tell whether the savepoint was completed (F21). Where it cannot,
 * the job has ended all the same, and recording its end says what is not known.
 */
async function stopWithoutFlink(
  deps: ActivityDeps,
  job: JobHandle,
  savepointId: string,
  why: string,
): Promise<StopResult> {
  const location = await savepointIn(directoryOf(job, savepointId));
  const checkpointId = location && (await checkpointIdIn(location));
  return location && checkpointId
    ? { kind: 'completed', location, checkpointId, proven: false }
    : { kind: 'ended', end: gone(deps, why) };
}

async function lookAtSavepoint(
  deps: ActivityDeps,
  job: JobHandle,
  savepointId: string,
  look: Look,
): Promise<{ location: string; checkpointId: number } | NotYet> {
  const { signal } = look;
  const at = await locate(deps, job.cluster, signal);
  if (at.kind === 'gone') {
    const location = await savepointIn(directoryOf(job, savepointId));
    const checkpointId = location && (await checkpointIdIn(location));
    if (location && checkpointId) return { location, checkpointId };
    throw new Refused('NO_ACTIVE_JOB', at.why);
  }
  const { endpoint } = at;
  const trigger = withoutDashes(savepointId);
  const operation = await endpoint.savepointOperation(job.flinkJobId, trigger, signal);
  if (operation.status === 'in-progress') return inProgress(endpoint, job, look);
  const location = await locationOf(endpoint, job, savepointId, operation, signal);
  if (location) {
    const checkpointId = await checkpointIdOf(endpoint, job.flinkJobId, location, signal);
    return checkpointId === undefined ? new NotYet(unranked(location)) : { location, checkpointId };
  }
  const cause =
    operation.status === 'failed' ? operation.cause : 'Flink does not know the operation';
  throw new Refused('SAVEPOINT_FAILED', cause);
}
