import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';

/** Something to look after again and again; what it finds it tells itself. */
export interface Sweep {
  name: string;
  run(stop: AbortSignal): Promise<unknown>;
}

export interface SweepOptions {
  sweeps: Sweep[];
  log: Logger;
  /** Between two rounds, ms. Default 30 s (temporal.md 5). */
  everyMs?: number;
}

/** Runs the sweeps one after the other, round by round, until it is stopped; one that fails is logged and runs again. */
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
    for (const sweep of options.sweeps) await runOne(sweep, options.log, stop);
    await sleep(options.everyMs ?? 30_000, undefined, { signal: stop }).catch(() => undefined);
  }
}

async function runOne({ name, run }: Sweep, log: Logger, stop: AbortSignal): Promise<void> {
  if (stop.aborted) return;
  try {
    await run(stop);
  } catch (error) {
    if (!stop.aborted) log.warn({ sweep: name, error }, 'sweep failed, will try again');
  }
}
