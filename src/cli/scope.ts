import type { Log } from '../log.ts';

/** The life of a command: what it has opened, and why it ends. */
export interface Scope {
  /** Aborted when the process is to stop, or a part of it failed. */
  readonly stop: AbortSignal;
  /** Closed when the command ends, last opened first. */
  defer(part: string, close: () => Promise<void> | void): void;
  /** Ends the command: a part that should run for ever did not. */
  fail(error: unknown): void;
}

/**
 * Runs a long-lived command until SIGINT or SIGTERM, then closes what it opened. A second signal, a while later, ends
 * the process at once.
 * @returns after a signal. @throws what went wrong otherwise.
 */
export async function runUntilStopped(
  log: Log,
  open: (scope: Scope) => Promise<void>,
): Promise<void> {
  const stopping = new AbortController();
  const opened: { part: string; close: () => Promise<void> | void }[] = [];
  const failures: unknown[] = [];
  const scope: Scope = {
    stop: stopping.signal,
    defer: (part, close) => opened.push({ part, close }),
    fail: (error) => {
      failures.push(error);
      stopping.abort();
    },
  };
  const stopped = new Promise<void>((resolve) => {
    stopping.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  let firstSignalAt: number | undefined;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (firstSignalAt === undefined) {
      firstSignalAt = Date.now();
      log.info({ signal }, 'stopping');
      stopping.abort();
    } else if (Date.now() - firstSignalAt > sameKeyPressMs) {
      for (const name of signals) process.off(name, onSignal);
      process.kill(process.pid, signal);
    }
  };
  for (const name of signals) process.on(name, onSignal);
  try {
    await open(scope);
    await stopped;
  } catch (error) {
    // Cut short by a signal while it was still starting is not a failure.
    if (!stopping.signal.aborted) failures.push(error);
  }
  for (const { part, close } of opened.reverse()) await closeQuietly(log, part, close);
  for (const name of signals) process.off(name, onSignal);
  if (failures.length > 0) throw failures[0];
}

const signals = ['SIGINT', 'SIGTERM'] as const;

/** One Ctrl-C comes from the terminal and, handed on, from npm: within this time they are one, ms. */
const sameKeyPressMs = 1_000;

/** One part that cannot be closed must not keep the others open. */
async function closeQuietly(
  log: Log,
  part: string,
  close: () => Promise<void> | void,
): Promise<void> {
  try {
    await close();
  } catch (error) {
    log.error({ part, error }, 'a part could not be closed');
  }
}
