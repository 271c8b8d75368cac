import { terminalFlinkJobStates } from '../../src/core/vocabulary.ts';
import type { FakeJob } from './job.ts';
import { asFlinkPath } from './storage.ts';
import type { Trace, TraceEntry } from './trace.ts';

/**
 * Submits before which nobody had read that an earlier job of the Deployment is over (S1: a wait that ran out is no
 * evidence). A message each; `[]` is what a test wants.
 * @param jobs all jobs of the Deployment, oldest first.
 */
export function unprovenSubmits(trace: Trace, deploymentId: string, jobs: FakeJob[]): string[] {
  const runs = trace.calls('run', deploymentId).filter((entry) => entry.effect);
  return runs.flatMap((run) =>
    jobs
      .filter((job) => isEarlier(job, run, jobs))
      .filter((job) => !trace.entries.some((entry) => entry.n < run.n && provesEnd(entry, job)))
      .map((job) => `job ${run.flinkJobId} was submitted before ${job.id} was seen to be over`),
  );
}

/** Starts from a restore point after which nobody read what Flink restored (S24). A message each. */
export function unverifiedStarts(trace: Trace, deploymentId: string, jobs: FakeJob[]): string[] {
  const runs = trace.calls('run', deploymentId).filter((entry) => entry.effect && entry.detail);
  const reached = runs.filter((run) => jobs.some((job) => job.id === run.flinkJobId && job.ran));
  return reached
    .filter((run) => !trace.entries.some((entry) => readsRestored(entry, run)))
    .map((run) => `nobody read what ${run.flinkJobId} restored, which was told ${run.detail}`);
}

const isEarlier = (job: FakeJob, run: TraceEntry, jobs: FakeJob[]): boolean =>
  job.id !== run.flinkJobId &&
  jobs.indexOf(job) < jobs.findIndex((one) => one.id === run.flinkJobId);

/** A terminal state read for that job, or its cluster seen without any process or removed. */
function provesEnd(entry: TraceEntry, job: FakeJob): boolean {
  if (entry.answer !== 'ok' || entry.clusterId !== job.clusterId) return false;
  switch (entry.kind) {
    case 'destroy':
      return true;
    case 'describe':
      return isAbsence(entry.value);
    case 'jobState':
      return entry.flinkJobId === job.id && isTerminal(entry.value);
    case 'job':
      return entry.flinkJobId === job.id && isTerminal(field(entry.value, 'state'));
    case 'jobs':
      return Array.isArray(entry.value) && entry.value.some((one) => isEnded(one, job.id));
    case 'cancel':
      return entry.flinkJobId === job.id && entry.value === 'terminal';
    default:
      return false;
  }
}

const isAbsence = (seen: unknown): boolean =>
  field(seen, 'kind') === 'absent' ||
  (field(seen, 'jobManager') === 'exited' && field(seen, 'taskManagersRunning') === 0);

const isEnded = (one: unknown, flinkJobId: string): boolean =>
  field(one, 'id') === flinkJobId && isTerminal(field(one, 'state'));

const isTerminal = (state: unknown): boolean =>
  terminalFlinkJobStates.some((terminal) => terminal === state);

function readsRestored(entry: TraceEntry, run: TraceEntry): boolean {
  if (entry.kind !== 'checkpoints' || entry.n < run.n) return false;
  if (entry.flinkJobId !== run.flinkJobId) return false;
  const path = field(field(entry.value, 'restored'), 'path');
  return typeof path === 'string' && asFlinkPath(path) === asFlinkPath(run.detail ?? '');
}

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined;
