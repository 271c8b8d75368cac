import type { FlinkEndpoint, FlinkJob } from '../../src/flink/client.ts';
import { unreachable } from './calls.ts';
import { slotsPerTaskManager } from './configuration.ts';
import type { FakeJob } from './job.ts';
import type { WorldOptions } from './options.ts';
import type { AskFlink } from './rest.ts';

type Reads =
  | 'overview'
  | 'configuration'
  | 'taskManagers'
  | 'jobs'
  | 'job'
  | 'jobState'
  | 'jobConfiguration'
  | 'checkpoints'
  | 'checkpointConfiguration'
  | 'exceptions'
  | 'metrics'
  | 'vertexMetrics'
  | 'jars'
  | 'savepointOperation';

/** The GETs of Flink's REST API over one fake cluster. */
export function flinkReads(ask: AskFlink, options: WorldOptions): Pick<FlinkEndpoint, Reads> {
  return {
    overview: (signal) =>
      ask('overview', {}, signal, (cluster) => ({
        flinkVersion: fullVersion(cluster.spec.flinkVersion),
        taskManagers: cluster.registered.length,
        slotsTotal: cluster.slots,
        slotsAvailable: cluster.freeSlots(),
      })),
    configuration: (signal) => ask('configuration', {}, signal, (cluster) => cluster.configuration),
    taskManagers: (signal) =>
      ask('taskManagers', {}, signal, (cluster) => {
        const slots = slotsPerTaskManager(cluster.spec.flinkConfiguration);
        return cluster.registered.map(({ id }) => ({ id, slots, freeSlots: slots }));
      }),
    jobs: (signal) =>
      ask('jobs', {}, signal, (cluster) =>
        [...cluster.jobs.values()].map((job) => ({
          id: job.id,
          name: job.program.name,
          state: job.state,
        })),
      ),
    jars: (signal) =>
      ask('jars', {}, signal, (cluster) => cluster.jars.map(({ id, name }) => ({ id, name }))),
    savepointOperation: (flinkJobId, triggerId, signal) =>
      ask('savepointOperation', { flinkJobId, detail: triggerId }, signal, (cluster) =>
        cluster.operations.read(flinkJobId, triggerId),
      ),
    ...jobReads(ask, options),
  };
}

function jobReads(ask: AskFlink, options: WorldOptions) {
  return {
    ...jobFacts(ask, options),
    job: (flinkJobId, signal) =>
      ask('job', { flinkJobId }, signal, (cluster) => asFlinkJob(cluster.jobs.get(flinkJobId))),
    jobState: (flinkJobId, signal) =>
      ask('jobState', { flinkJobId }, signal, (cluster) => cluster.jobs.get(flinkJobId)?.state),
    jobConfiguration: (flinkJobId, signal) =>
      ask('jobConfiguration', { flinkJobId }, signal, (cluster) => {
        const job = cluster.jobs.get(flinkJobId);
        // Flink leaves `execution-config` out until the job is initialised: an unreadable answer.
        if (job?.state === 'INITIALIZING')
          throw unreachable('jobConfiguration', 'no configuration');
        return job && { parallelism: job.parallelism, userConfig: {} };
      }),
    checkpoints: (flinkJobId, signal) =>
      ask('checkpoints', { flinkJobId }, signal, (cluster) =>
        cluster.jobs.get(flinkJobId)?.checkpoints.view(),
      ),
  } satisfies Partial<FlinkEndpoint>;
}

function jobFacts(ask: AskFlink, options: WorldOptions) {
  return {
    checkpointConfiguration: (flinkJobId, signal) =>
      ask('checkpointConfiguration', { flinkJobId }, signal, (cluster) => {
        const job = cluster.jobs.get(flinkJobId);
        if (job?.program.checkpointing !== true) return undefined;
        const { checkpointEveryMs: intervalMs, checkpointTimeoutMs: timeoutMs } = options;
        return { intervalMs, timeoutMs, retained: job.configuration.keptOnCancel };
      }),
    exceptions: (flinkJobId, max, signal) =>
      ask('exceptions', { flinkJobId }, signal, (cluster) => [
        ...(cluster.jobs.get(flinkJobId)?.exceptions.slice(0, max) ?? []),
      ]),
    metrics: (flinkJobId, names, signal) =>
      ask('metrics', { flinkJobId, detail: names.join(',') }, signal, (cluster) =>
        known(names, metricsOf(cluster.jobs.get(flinkJobId)), String),
      ),
    vertexMetrics: (flinkJobId, vertexId, names, aggregate, signal) =>
      ask('vertexMetrics', { flinkJobId, detail: `${vertexId} ${aggregate}` }, signal, (cluster) =>
        known(names, metricsOf(cluster.jobs.get(flinkJobId)), Number),
      ),
  } satisfies Partial<FlinkEndpoint>;
}

/** One vertex per operator with state; their status is that of all tasks. */
function asFlinkJob(job: FakeJob | undefined): FlinkJob | undefined {
  if (job === undefined) return undefined;
  const vertices = job.program.operators.map((name) => ({
    id: name,
    name,
    parallelism: job.parallelism,
    status: job.tasks,
  }));
  return {
    id: job.id,
    name: job.program.name,
    state: job.state,
    startTime: job.startTime,
    ...(job.endTime === undefined ? {} : { endTime: job.endTime }),
    maxParallelism: 128,
    vertices,
  };
}

/** `counter` is the fakes' own: the state as it is now. */
function metricsOf(job: FakeJob | undefined): Record<string, number> {
  if (job === undefined) return {};
  const { counts } = job.checkpoints.view();
  return {
    numRestarts: job.restarts,
    numberOfCompletedCheckpoints: counts.completed,
    counter: job.counter,
  };
}

function known<T>(
  names: string[],
  values: Record<string, number>,
  as: (value: number) => T,
): Record<string, T> {
  const pairs = names.flatMap((name) => {
    const value = values[name];
    return value === undefined ? [] : [[name, as(value)] as const];
  });
  return Object.fromEntries(pairs);
}

/** `2.3` → `2.3.0`: a cluster names its whole version. */
function fullVersion(version: string): string {
  const parts = version.split('.');
  return [...parts, '0', '0', '0'].slice(0, Math.max(3, parts.length)).join('.');
}
