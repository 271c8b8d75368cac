import type { JobEnd } from '../src/core/deployment/state.ts';
import type { JobHandle } from '../src/core/deployment/steps.ts';
import type { FlinkJobState } from '../src/core/vocabulary.ts';
import type { FlinkEndpoint } from '../src/flink/client.ts';
import { withoutLog } from './clusters.ts';
import type { ActivityDeps } from './deps.ts';

/** A terminal state that Flink said of this job, with the root cause; `undefined` while it can still run (S25). */
export async function endOf(
  deps: ActivityDeps,
  endpoint: FlinkEndpoint,
  job: JobHandle,
  state: FlinkJobState,
  signal: AbortSignal,
): Promise<JobEnd | undefined> {
  if (state === 'FINISHED') return { state, why: 'Flink says FINISHED', at: deps.now() };
  if (state === 'CANCELED') return { state, why: 'the job was cancelled in Flink', at: deps.now() };
  if (state !== 'FAILED') return undefined;
  const [last] = await endpoint.exceptions(job.flinkJobId, 1, signal);
  return { state, why: last?.rootCause ?? 'Flink says FAILED', at: deps.now() };
}

/** The JobManager that ran the job is proven gone. Its last log lines, which may come along, are not told. */
export const gone = (deps: ActivityDeps, why: string): JobEnd => ({
  state: 'GONE',
  why: withoutLog(why).slice(0, 300),
  at: deps.now(),
});
