import { Context } from '@temporalio/activity';
import type { JobHandle } from '../src/core/deployment/steps.ts';
import { Refused } from '../src/core/errors/index.ts';
import { withoutDashes } from '../src/core/ids.ts';
import { terminalFlinkJobStates } from '../src/core/vocabulary.ts';
import type { FlinkEndpoint } from '../src/flink/client.ts';
import { samePath } from '../src/flink/state-directories.ts';
import { type Located, locate, silentMeansNotYet } from './clusters.ts';
import type { AwaitStop, StopResult } from './contract.ts';
import type { ActivityDeps } from './deps.ts';
import { readyToHandOver } from './hand-over.ts';
import { endOf, gone } from './job-end.ts';
import { checkpointIdOf, directoryOf, unseenIfSilent } from './own-savepoints.ts';
import { type Look, NotYet, pollUntil } from './poll.ts';

/** Waits until a stop is decided, and hands over to the next job where this one has ended with its savepoint. */
export function awaitStop(deps: ActivityDeps, input: AwaitStop): Promise<StopResult> {
  const { savepointId, next } = input;
  let handOver: ReturnType<typeof readyToHandOver> | undefined;
  const unheard = next && Context.current().info.attempt > 1 ? { handoverOpen: true as const } : {};
  const lookAt = stopSeenFromNear(deps, input);
  return pollUntil<StopResult>(
    { ...input, eager: true },
    async (look) => {
      if (next) handOver ??= readyToHandOver(deps, next, look.signal);
      const seen = await lookAt(look);
      if (seen instanceof NotYet) return seen;
      const handedOver =
        seen.kind === 'completed' && seen.proven
          ? await handOver?.({ id: savepointId, location: seen.location })
          : undefined;
      return handedOver ? { ...seen, handedOver } : { ...seen, ...unheard };
    },
    (why) => {
      throw new Refused(
        'SAVEPOINT_FAILED',
        `savepoint ${savepointId} was not complete within ${input.timeoutMs} ms: ${why}`,
      );
    },
  );
}

/** As long as Flink answers, its cluster is where it was: its target, which may be slow to tell, is not asked each time. */
function stopSeenFromNear(deps: ActivityDeps, input: AwaitStop) {
  let at: Located | undefined;
  return async (look: Look): Promise<StopResult | NotYet> => {
    at ??= await locate(deps, input.job.cluster, look.signal);
    try {
      return await lookAtStop(deps, input, at, look);
    } catch (error) {
      at = undefined;
      throw error;
    }
  };
}

/** The four outcomes of a stop (reliability.md 2.2 rule 8), once it is decided. */
async function lookAtStop(
  deps: ActivityDeps,
  { job, savepointId }: AwaitStop,
  at: Located,
  look: Look,
): Promise<StopResult | NotYet> {
  const { signal } = look;
  if (at.kind === 'gone') return stopWithoutFlink(deps, job, savepointId, at.why);
  const { endpoint } = at;
  const trigger = withoutDashes(savepointId);
  const [operation, early] = await Promise.all([
    endpoint.savepointOperation(job.flinkJobId, trigger, signal),
    endpoint.jobState(job.flinkJobId, signal).catch(() => undefined),
  ]);
  if (operation.status === 'in-progress') return inProgress(endpoint, job, look);
  // A JobManager whose job has just ended answers late; the end of a job is for good, whenever it was asked. Where the
  // first question got no answer, the second says why.
  const isOver = early && terminalFlinkJobStates.includes(early);
  const state = isOver ? early : await endpoint.jobState(job.flinkJobId, signal);
  const end = state && (await endOf(deps, endpoint, job, state, signal));
  const location = await locationOf(deps, endpoint, job, savepointId, operation, signal);
  if (location) {
    const checkpointId = await checkpointIdOf(deps, endpoint, job.flinkJobId, location, signal);
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
  { storage }: ActivityDeps,
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
  const look = storage.savepointSeenIn(directory);
  // What keeps a savepoint from being written mostly keeps us from looking, too: the job is not kept waiting for that.
  return operation.status === 'failed' ? look.catch(unseenIfSilent) : look;
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
  const location = await deps.storage.savepointSeenIn(directoryOf(job, savepointId));
  const checkpointId = location && (await deps.storage.checkpointIdIn(location));
  return location && checkpointId
    ? { kind: 'completed', location, checkpointId, proven: false }
    : { kind: 'ended', end: gone(deps, why) };
}

/** Whether a savepoint of a job that runs on is complete. */
export async function lookAtSavepoint(
  deps: ActivityDeps,
  job: JobHandle,
  savepointId: string,
  look: Look,
): Promise<{ location: string; checkpointId: number } | NotYet> {
  const { signal } = look;
  const at = await locate(deps, job.cluster, signal);
  if (at.kind === 'gone') {
    const location = await deps.storage.savepointSeenIn(directoryOf(job, savepointId));
    const checkpointId = location && (await deps.storage.checkpointIdIn(location));
    if (location && checkpointId) return { location, checkpointId };
    throw new Refused('NO_ACTIVE_JOB', at.why);
  }
  const { endpoint } = at;
  const trigger = withoutDashes(savepointId);
  const operation = await endpoint.savepointOperation(job.flinkJobId, trigger, signal);
  if (operation.status === 'in-progress') return inProgress(endpoint, job, look);
  const location = await locationOf(deps, endpoint, job, savepointId, operation, signal);
  if (location) {
    const checkpointId = await checkpointIdOf(deps, endpoint, job.flinkJobId, location, signal);
    return checkpointId === undefined ? new NotYet(unranked(location)) : { location, checkpointId };
  }
  const cause =
    operation.status === 'failed' ? operation.cause : 'Flink does not know the operation';
  throw new Refused('SAVEPOINT_FAILED', cause);
}
