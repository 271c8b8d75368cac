import { setTimeout as delay } from 'node:timers/promises';
import type { FoundCheckpoint } from '../src/core/deployment/restore-points.ts';
import type { JobEnd } from '../src/core/deployment/state.ts';
import type { JobHandle } from '../src/core/deployment/steps.ts';
import { durationMs } from '../src/core/document/index.ts';
import type { FlinkJobState } from '../src/core/vocabulary.ts';
import type { FlinkEndpoint } from '../src/flink/client.ts';
import { locate } from './clusters.ts';
import type { ActivityDeps } from './deps.ts';
import { gone } from './job-end.ts';

/** What Flink says of a job's newest state. */
export interface Told {
  /** Its word is all there is to know. Else `why` says what has become of who knew. */
  answered: boolean;
  why: string;
  newest?: FoundCheckpoint;
  /** Terminal, so that nothing newer comes. */
  end?: Exclude<JobEnd['state'], 'GONE'>;
  endpoint?: FlinkEndpoint;
}

/**
 * Asks the JobManager that ran the job. One that lives and does not know it is no proof that it left nothing, unless the
 * job was never seen to run: then it was never taken.
 * @param mayBeCached somebody else looks at what the answer is about: a stale one does no harm.
 * @throws {Unreachable} to be asked again.
 */
export async function toldByFlink(
  deps: ActivityDeps,
  { cluster, flinkJobId }: JobHandle,
  { mayBeCached }: { mayBeCached: boolean },
  signal: AbortSignal,
): Promise<Told> {
  const at = await locate(deps, cluster, signal);
  if (at.kind === 'gone') return { answered: false, why: gone(deps, at.why).why };
  const { endpoint } = at;
  const state = await endpoint.jobState(flinkJobId, signal);
  if (!state) {
    const why = 'the JobManager does not know the job any more';
    return { answered: !(await wasSeen(deps, cluster.jobId)), why };
  }
  if (!mayBeCached) await outliveCache(endpoint, signal);
  const newest = (await endpoint.checkpoints(flinkJobId, signal))?.newest;
  const end = terminal(state);
  return {
    answered: true,
    why: 'Flink has answered',
    endpoint,
    ...(end ? { end } : {}),
    ...(newest
      ? {
          newest: { path: newest.path, checkpointId: newest.id, isSavepoint: newest.isSavepoint },
        }
      : {}),
  };
}

async function wasSeen(deps: ActivityDeps, jobId: string): Promise<boolean> {
  if (await deps.store.observations.get(jobId)) return true;
  return (await deps.store.jobs.get(jobId))?.startedAt !== undefined;
}

/** Flink's own default. */
const defaultRefreshMs = 3_000;

/** Flink answers from a cache for as long as it is told to: what counts must be younger than the job's state. */
async function outliveCache(endpoint: FlinkEndpoint, signal: AbortSignal): Promise<void> {
  const text = (await endpoint.configuration(signal))['web.refresh-interval'] ?? '';
  const ms = /^\d+$/.test(text) ? Number(text) : (durationMs(text) ?? defaultRefreshMs);
  await delay(ms, undefined, { signal });
}

function terminal(state: FlinkJobState): Told['end'] {
  return state === 'FINISHED' || state === 'CANCELED' || state === 'FAILED' ? state : undefined;
}
