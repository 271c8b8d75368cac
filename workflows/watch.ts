import { CancellationScope, condition, isCancellation } from '@temporalio/workflow';
import { noteDegraded, noteEnded } from '../src/core/deployment/death.ts';
import type { DeploymentState } from '../src/core/deployment/state.ts';
import { handleOf } from '../src/core/deployment/steps.ts';
import { watchJob } from './proxies.ts';

/** The observer of the running job while the Deployment waits; it reports, the workflow decides (reliability.md 2.2, 11). */
export interface Watch {
  /** Ends the wait for it; a copy may linger until its next heartbeat, it only reads (temporal.md 8). */
  stop(): Promise<void>;
}

/** Nothing is watched unless a job runs whose end is not known. */
export function startWatch(state: DeploymentState): Watch {
  const { job } = state;
  if (!job || job.ended || job.degraded) return { stop: async () => undefined };
  const scope = new CancellationScope();
  const { pollMs, conditions } = state.settings;
  const watching = scope.run(async () => {
    try {
      const { openSavepoints } = state;
      const seen = await watchJob({
        job: handleOf(job),
        runningSince: job.startedAt,
        ...(openSavepoints ? { openSavepoints } : {}),
        settings: { pollMs, conditions },
      });
      if (state.job?.record.id !== job.record.id) return;
      if (seen.kind === 'ended') noteEnded(state, seen.end, Date.now());
      else if (seen.kind === 'degraded') noteDegraded(state, seen.why, Date.now());
      else state.mustTakeStock = true;
    } catch (error) {
      if (!isCancellation(error)) throw error;
    }
  });
  return {
    stop: async () => {
      scope.cancel();
      await watching;
    },
  };
}

/** The job is watched during a step, too, if that lasts longer than a look apart: a death is not to be missed (L4). */
export async function watchedMeanwhile<T>(
  state: DeploymentState,
  step: () => Promise<T>,
): Promise<T> {
  if (!state.job) return step();
  let over = false;
  const watching = condition(() => over, state.settings.pollMs).then(async (soon) => {
    if (soon) return;
    const watch = startWatch(state);
    await condition(() => over);
    await watch.stop();
  });
  try {
    return await step();
  } finally {
    over = true;
    await watching;
  }
}
