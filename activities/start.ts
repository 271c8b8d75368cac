import { Refused } from '../src/core/errors/index.ts';
import { terminalFlinkJobStates } from '../src/core/vocabulary.ts';
import type { FlinkEndpoint, FlinkJob } from '../src/flink/client.ts';
import { isOwnCheckpoint, samePath } from '../src/flink/state-directories.ts';
import {
  locate,
  missingTaskManagers,
  silentMeansNotYet,
  targetToClear,
  withoutLog,
} from './clusters.ts';
import type { Activities, AwaitJob, JobStarted, StartDegraded } from './contract.ts';
import type { ActivityDeps } from './deps.ts';
import { type Diagnosis, Diagnostician, notRunning } from './diagnosis.ts';
import { type Look, NotYet, pollUntil } from './poll.ts';
import { removeCluster } from './remove-cluster.ts';
import { runActivity } from './run-activity.ts';
import { startFailure, submit } from './submit.ts';

type Start = Pick<Activities, 'submitJob' | 'awaitJob' | 'endAttempt'>;

/** Effects that submit a Job, prove that it runs as asked, and end an attempt that did not get there. */
export const createStart = (deps: ActivityDeps): Start => ({
  submitJob: (input) =>
    pollUntil(
      input,
      ({ signal }) => submit(deps, input, signal),
      () => {
        throw new Refused(
          'JOB_START_FAILED',
          `Flink did not take the job within ${input.timeoutMs} ms: the main() of the program did not end`,
        );
      },
    ).then(() => undefined),

  awaitJob: (input) => {
    const diagnostician = new Diagnostician(input.job.flinkJobId);
    return pollUntil<JobStarted | StartDegraded>(
      input,
      (look) => lookAtStart(deps, input, diagnostician, look),
      (why) => {
        const late = `the job did not run within ${input.timeoutMs} ms`;
        throw new Refused('JOB_START_FAILED', `${late}: ${why}`);
      },
    );
  },

  endAttempt: ({ job, submitted }) =>
    runActivity(async (signal) => {
      const target = await targetOfAttempt(deps, job.cluster, submitted, signal);
      if (!target) return {};
      if (submitted) {
        const removed = await removeCluster(deps, { job, target, acceptLoss: false }, signal);
        const { found } = removed;
        const uncertain = removed.kind === 'uncertain' ? removed.why : removed.uncertain;
        return { ...(found ? { found } : {}), ...(uncertain === undefined ? {} : { uncertain }) };
      }
      await target.destroy(job.cluster, signal);
      return {};
    }),
});

/** `undefined`: it made nothing there, as on a target that does not exist. */
async function targetOfAttempt(
  deps: ActivityDeps,
  cluster: AwaitJob['job']['cluster'],
  submitted: boolean,
  signal: AbortSignal,
) {
  try {
    return await targetToClear(deps, cluster, submitted, signal);
  } catch (error) {
    if (error instanceof Refused && error.code === 'TARGET_NOT_FOUND') return undefined;
    throw error;
  }
}

/**
 * A job that fails this often before all its tasks ran once does not come up by itself, though Flink restarts it for ever
 * (F24). A program that cannot read its state gets there within 30 to 80 s, by Flink's own back-off; a lost TaskManager
 * costs one or two, so that one which is mended four times (`mayRepair`) leaves the job its start.
 */
const mostFailures = 10;

async function lookAtStart(
  deps: ActivityDeps,
  input: AwaitJob,
  diagnostician: Diagnostician,
  look: Look,
): Promise<JobStarted | StartDegraded | NotYet> {
  const { signal } = look;
  const at = await locate(deps, input.job.cluster, signal);
  if (at.kind === 'gone') throw new Refused('JOB_START_FAILED', at.why);
  const { endpoint, seen } = at;
  const job = await silentMeansNotYet(endpoint.job(input.job.flinkJobId, signal), signal);
  const known = job instanceof NotYet ? undefined : job;
  const isOver = known && terminalFlinkJobStates.includes(known.state);
  const missing = isOver ? undefined : missingTaskManagers(seen);
  if (missing && !input.mayRepair) throw new Refused('CLUSTER_START_FAILED', missing);
  if (missing) return { degraded: withoutLog(missing), spentMs: Math.round(look.spentMs) };
  if (known) return await lookAtJob(endpoint, input, known, diagnostician, look);
  return job instanceof NotYet ? job : new NotYet(inMain);
}

const inMain =
  'Flink has not got it from the main() of the program, which is still at work or has failed unheard';

async function lookAtJob(
  endpoint: FlinkEndpoint,
  input: AwaitJob,
  job: FlinkJob,
  diagnostician: Diagnostician,
  look: Look,
): Promise<JobStarted | NotYet> {
  const { signal } = look;
  if (job.state === 'FAILED' || job.state === 'CANCELED') {
    const [last] = await endpoint.exceptions(input.job.flinkJobId, 1, signal);
    throw startFailure(last?.rootCause ?? `the job is ${job.state} in Flink`);
  }
  const finished = job.state === 'FINISHED';
  if (!finished && (job.state !== 'RUNNING' || !allTasksRun(job))) {
    const diagnosis = await diagnostician.ask(endpoint, job, look);
    if (!diagnosis || diagnosis.failures < mostFailures) return notRunning(diagnosis);
    // What a wrong restore made is never looked for, so that is told first.
    await proveRestored(endpoint, input, signal);
    throw neverRuns(diagnosis);
  }
  const restored = await proveRestored(endpoint, input, signal);
  return { finished, ...restored, notes: await overrides(endpoint, input, signal) };
}

const neverRuns = ({ failures, cause }: Diagnosis): Refused =>
  new Refused(
    'JOB_START_FAILED',
    `the job failed ${failures} times before all its tasks ran, and Flink restarts it again and again; its last failure: ${cause}`,
  );

/** A RUNNING job may have tasks that wait for slots: every vertex counts (flink.md 4c). */
export const allTasksRun = (job: FlinkJob): boolean =>
  job.vertices.length > 0 &&
  job.vertices.every(({ status }) => status === 'RUNNING' || status === 'FINISHED') &&
  job.vertices.some(({ status }) => status === 'RUNNING');

/** What Flink restored is what was pinned, or a later checkpoint of this very job (1.3 (3), S24). */
async function proveRestored(
  endpoint: FlinkEndpoint,
  { job, pin }: AwaitJob,
  signal: AbortSignal,
): Promise<{ restoredFrom?: string }> {
  const restored = (await endpoint.checkpoints(job.flinkJobId, signal))?.restored;
  const failedOver = restored?.path !== undefined && isOwnCheckpoint(restored.path, job);
  const asPinned = pin.path
    ? restored?.path !== undefined && samePath(restored.path, pin.path)
    : restored === undefined;
  if (!asPinned && !failedOver)
    throw new Refused(
      'RESTORE_MISMATCH',
      `Flink restored ${restored?.path ?? 'nothing'} instead of ${pin.path ?? 'nothing'}`,
    );
  return pin.path ? { restoredFrom: pin.path } : {};
}

/** What the program itself overrides is no error, and is told (S30). */
async function overrides(
  endpoint: FlinkEndpoint,
  { job, parallelism }: AwaitJob,
  signal: AbortSignal,
): Promise<string[]> {
  const own = await endpoint.jobConfiguration(job.flinkJobId, signal);
  return own && own.parallelism !== parallelism && own.parallelism > 0
    ? [`The program runs with parallelism ${own.parallelism} instead of ${parallelism}`]
    : [];
}
