import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { LostDeployments } from './lost-deployments.ts';

export interface SweepOptions {
  lost: LostDeployments;
  log: Logger;
  /** Between two sweeps, ms. Default 30 s (temporal.md 5). */
  everyMs?: number;
}

/** Sweeps for Deployments without a workflow until it is stopped; a failed sweep is only logged. */
export function startSweeping(options: SweepOptions): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const done = sweepForEver(options, stopping.signal);
  return {
    stop: async () => {
      stopping.abort();
      await done;
    },
  };
}

async function sweepForEver(options: SweepOptions, stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    try {
      await options.lost.sweep(stop);
      await sleep(options.everyMs ?? 30_000, undefined, { signal: stop });
    } catch (error) {
      if (stop.aborted) return;
      options.log.warn({ error }, 'sweep for deployments without workflow failed, will try again');
      await sleep(options.everyMs ?? 30_000, undefined, { signal: stop }).catch(() => undefined);
    }
  }
}
