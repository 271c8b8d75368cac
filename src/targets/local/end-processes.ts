import { setTimeout as pause } from 'node:timers/promises';
import { Unreachable } from '../../core/errors/index.ts';
import { errorCode } from './files.ts';
import { isRunning, type ProcessIdentity } from './processes.ts';

const pollMs = 20;
/** A killed process is gone at once, unless it hangs in the kernel (a dead network file system). */
const killPatienceMs = 30_000;

/**
 * Ends processes: SIGTERM, `graceMs`, SIGKILL. Returns once `/proc` shows that each of them is gone.
 * @throws {Unreachable} TARGET_UNREACHABLE when one does not die.
 */
export async function endProcesses(
  processes: readonly ProcessIdentity[],
  graceMs: number,
  signal: AbortSignal,
): Promise<void> {
  await sendSignal(processes, 'SIGTERM');
  if (await haveEnded(processes, graceMs, signal)) return;
  await sendSignal(processes, 'SIGKILL');
  if (await haveEnded(processes, killPatienceMs, signal)) return;
  const pids = processes.map(({ pid }) => pid).join(', ');
  throw new Unreachable('TARGET_UNREACHABLE', `of the processes ${pids} not all die by SIGKILL`);
}

/** A recycled id is never signalled: the start time is compared right before. */
async function sendSignal(processes: readonly ProcessIdentity[], name: NodeJS.Signals) {
  for (const target of processes) {
    if (!(await isRunning(target))) continue;
    try {
      process.kill(target.pid, name);
    } catch (cause) {
      if (errorCode(cause) === 'ESRCH') continue;
      const message = `cannot end the process ${target.pid}; it runs as another user`;
      throw new Unreachable('TARGET_UNREACHABLE', message, { cause });
    }
  }
}

async function haveEnded(
  processes: readonly ProcessIdentity[],
  withinMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const running = await Promise.all(processes.map(isRunning));
    if (!running.includes(true)) return true;
    if (performance.now() > deadline) return false;
    await pause(pollMs, undefined, { signal });
  }
}
