import { setTimeout as delay } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { HeldElsewhere, Unreachable } from '../src/core/errors/index.ts';
import { runActivity } from './run-activity.ts';

export interface Polling {
  /** The attempt's deadline, counted over time in which its dependencies answered (reliability.md 2.3). */
  timeoutMs: number;
  pollMs: number;
  /** Looks four times as often for a second: it is mostly there at once, and no job counts meanwhile. */
  eager?: boolean;
}

/** Longest pause between two looks while something does not answer. */
const silentPollMs = 2_000;

const eagerForMs = 1_000;

/**
 * Looks until there is an answer. The deadline's clock stands still while a dependency is unreachable, and goes on where
 * it was when another worker takes over: what is spent travels in the heartbeat.
 * @param onDeadline the outcome when time is up: throws, or answers.
 */
export function pollUntil<T>(
  { timeoutMs, pollMs, eager = false }: Polling,
  look: (signal: AbortSignal) => Promise<T | undefined>,
  onDeadline: () => T | Promise<T>,
): Promise<T> {
  let spentMs = spentBefore();
  const rhythm = () => (eager && spentMs < eagerForMs ? pollMs / 4 : pollMs);
  return runActivity(
    async (signal) => {
      for (;;) {
        const began = performance.now();
        const seen = await lookOnce(look, signal);
        if (seen.kind === 'answer') return seen.answer;
        if (seen.kind === 'nothing' && spentMs >= timeoutMs) return onDeadline();
        const pause = seen.kind === 'silent' ? Math.max(pollMs, silentPollMs) : rhythm();
        await delay(pause, undefined, { signal });
        if (seen.kind === 'nothing') spentMs += performance.now() - began;
      }
    },
    () => ({ spentMs }),
  );
}

type Look<T> = { kind: 'answer'; answer: T } | { kind: 'nothing' } | { kind: 'silent' };

async function lookOnce<T>(
  look: (signal: AbortSignal) => Promise<T | undefined>,
  signal: AbortSignal,
): Promise<Look<T>> {
  try {
    const answer = await look(signal);
    return answer === undefined ? { kind: 'nothing' } : { kind: 'answer', answer };
  } catch (error) {
    // Elsewhere it would be silent for ever: the call goes back to Temporal, and to another worker.
    if (error instanceof HeldElsewhere) throw error;
    if (error instanceof Unreachable && !signal.aborted) return { kind: 'silent' };
    throw error;
  }
}

function spentBefore(): number {
  const details: unknown = Context.current().info.heartbeatDetails;
  const known = typeof details === 'object' && details !== null && 'spentMs' in details;
  return known && typeof details.spentMs === 'number' ? details.spentMs : 0;
}
