import { Refused } from '../src/core/errors/index.ts';
import type { FlinkEndpoint } from '../src/flink/client.ts';
import { locate, silentMeansNotYet } from './clusters.ts';
import type { Submission } from './contract.ts';
import type { ActivityDeps } from './deps.ts';
import type { NotYet } from './poll.ts';
import { saysSubmittedBefore, upload } from './upload.ts';

/** What Flink needs for a submission, made ready before it is wanted. */
export interface ReadyToSubmit {
  endpoint: FlinkEndpoint;
  /** The jar as the JobManager knows it; `undefined`: Flink has the job already. */
  jarId: string | undefined;
}

/**
 * Submits under the pinned id: whatever Flink answers, `GET /jobs/:id` decides whether the job exists (flink.md 4).
 * Flink that is silent although its JobManager runs has `main()` at work, and its time runs (2.3).
 */
export async function submit(
  deps: ActivityDeps,
  input: Submission,
  signal: AbortSignal,
): Promise<true | NotYet> {
  const endpoint = await endpointOf(deps, input, signal);
  const ready = readyAt(endpoint, deps, input, signal);
  return silentMeansNotYet(
    ready.then((made) => post(made, input, signal)),
    signal,
  );
}

/** Everything of a submission but itself: takes some answers of target and Flink. */
export const readyToSubmit = async (
  deps: ActivityDeps,
  input: Omit<Submission, 'pin'>,
  signal: AbortSignal,
): Promise<ReadyToSubmit> => readyAt(await endpointOf(deps, input, signal), deps, input, signal);

async function endpointOf(
  deps: ActivityDeps,
  { job }: Pick<Submission, 'job'>,
  signal: AbortSignal,
): Promise<FlinkEndpoint> {
  const at = await locate(deps, job.cluster, signal);
  if (at.kind === 'gone') throw new Refused('CLUSTER_START_FAILED', at.why);
  return at.endpoint;
}

async function readyAt(
  endpoint: FlinkEndpoint,
  deps: ActivityDeps,
  { job, jarUri }: Omit<Submission, 'pin'>,
  signal: AbortSignal,
): Promise<ReadyToSubmit> {
  const known = await endpoint.job(job.flinkJobId, signal);
  return { endpoint, jarId: known ? undefined : await upload(deps, endpoint, jarUri, signal) };
}

/** Hands the program to Flink, which takes it once. @throws {Refused} what Flink has against it. */
export async function post(
  { endpoint, jarId }: ReadyToSubmit,
  { job, flinkVersion, run, pin }: Submission,
  signal: AbortSignal,
): Promise<true> {
  if (jarId === undefined) return true;
  const restore = pin.path
    ? { savepointPath: pin.path, allowNonRestoredState: pin.allowNonRestoredState }
    : {};
  try {
    await endpoint.run({ ...run, ...restore, jarId, jobId: job.flinkJobId, flinkVersion }, signal);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    // An earlier post of ours is still in main(): the job is not known yet, and will be under this very id.
    if (saysSubmittedBefore(error)) return true;
    const exists = await endpoint.job(job.flinkJobId, signal);
    if (exists && exists.state !== 'FAILED') return true;
    throw startFailure(error.message);
  }
  return true;
}

/** Flink's root cause with a code that says whether another attempt could help. */
export function startFailure(cause: string): Refused {
  return /Cannot find (meta data file|checkpoint or savepoint file|.*savepoint)/i.test(cause)
    ? new Refused('RESTORE_POINT_GONE', `the restore point is gone: ${cause}`)
    : new Refused('JOB_START_FAILED', cause);
}
