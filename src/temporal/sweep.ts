import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';

/** Something to look after again and again; what it finds it tells itself. */
export interface Sweep {
  name: string;
  /** Between two rounds, ms. */
  everyMs: number;
  run(stop: AbortSignal): Promise<unknown>;
}

export interface SweepOptions {
  sweeps: Sweep[];
  log: Logger;
}

/** Runs each sweep, at once and then round by round, until it is stopped; one that fails is logged and runs again. */
export function startSweeping({ sweeps, log }: SweepOptions): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const done = Promise.all(sweeps.map((sweep) => sweepForEver(sweep, log, stopping.signal)));
  return {
    stop: async () => {
      stopping.abort();
      await done;
    },
  };
}

async function sweepForEver(sweep: Sweep, log: Logger, stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    await runOne(sweep, log, stop);
    await sleep(sweep.everyMs, undefined, { signal: stop }).catch(() => undefined);
  }
}

async function runOne({ name, run }: Sweep, log: Logger, stop: AbortSignal): Promise<void> {
  try {
    await run(stop);
  } catch (error) {
    if (!stop.aborted) log.warn({ sweep: name, error }, 'sweep failed, will try again');
  }
}
