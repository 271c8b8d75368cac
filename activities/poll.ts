import { setTimeout as delay } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { readHeartbeat, type Stand, type WaitHeartbeat } from '../src/core/deployment/waits.ts';
import { HeldElsewhere, Unreachable } from '../src/core/errors/index.ts';
import { runActivity } from './run-activity.ts';

export interface Polling {
  /** The attempt's deadline, counted over time in which its dependencies answered (reliability.md 2.3). */
  timeoutMs: number;
  pollMs: number;
  /** Looks four times as often for a second: it is mostly there at once, and no job counts meanwhile. */
  eager?: boolean;
}

/** One look of many. */
export interface Look {
  signal: AbortSignal;
  /** Now and then a look may ask more, to say why it goes on waiting; never in a wait that is soon over. */
  thorough: boolean;
  /** How much of the time is used up. */
  spentMs: number;
}

/** Nothing yet. */
export class NotYet {
  /** What it waits for, for people; without it what was said last still stands. */
  readonly why: string | undefined;
  constructor(why?: string) {
    this.why = why;
  }
}

/** Longest pause between two looks while something does not answer. */
const silentPollMs = 2_000;

const eagerForMs = 1_000;

/** Of so many looks about one is thorough. */
const thoroughLooks = 10;

/** What is said of a wait is for people, and travels in heartbeats. */
const maxWords = 1_500;

/**
 * Looks until there is an answer. The deadline's clock stands still while a dependency is unreachable, and goes on where
 * it was when another worker takes over: what is spent travels in the heartbeat, and so does what it waits for, which
 * people read there while it waits and which the deadline's failure ends with. That costs no history.
 * @param onDeadline the outcome when time is up: throws, or answers. `why`: what it waited for.
 */
export function pollUntil<T>(
  { timeoutMs, pollMs, eager = false }: Polling,
  look: (look: Look) => Promise<T | NotYet>,
  onDeadline: (why: string) => T | Promise<T>,
): Promise<T> {
  const waiting = new Waiting(Context.current().info.heartbeatDetails);
  const rhythm = () => (eager && waiting.spentMs < eagerForMs ? pollMs / 4 : pollMs);
  return runActivity(
    async (signal) => {
      let thoroughAt = performance.now();
      for (;;) {
        const began = performance.now();
        const thorough = began - thoroughAt >= thoroughLooks * pollMs;
        if (thorough) thoroughAt = began;
        const { spentMs } = waiting;
        const seen = await lookOnce(look, { signal, thorough, spentMs });
        if (seen.kind === 'answer') return seen.answer;
        const isNews = waiting.note(seen);
        if (isNews && thorough) Context.current().heartbeat(waiting.heartbeat());
        if (seen.kind === 'nothing' && spentMs >= timeoutMs) return onDeadline(waiting.why);
        const pause = seen.kind === 'silent' ? Math.max(pollMs, silentPollMs) : rhythm();
        await delay(pause, undefined, { signal });
        if (seen.kind === 'nothing') waiting.spentMs += performance.now() - began;
      }
    },
    () => waiting.heartbeat(),
  );
}

type Seen<T> =
  | { kind: 'answer'; answer: T }
  | { kind: 'nothing'; why?: string | undefined }
  | { kind: 'silent'; why: string };

async function lookOnce<T>(look: (look: Look) => Promise<T | NotYet>, at: Look): Promise<Seen<T>> {
  try {
    const answer = await look(at);
    if (answer instanceof NotYet) return { kind: 'nothing', why: answer.why };
    return { kind: 'answer', answer };
  } catch (error) {
    // Elsewhere it would be silent for ever: the call goes back to Temporal, and to another worker.
    if (error instanceof HeldElsewhere) throw error;
    if (!(error instanceof Unreachable) || at.signal.aborted) throw error;
    return { kind: 'silent', why: error.message };
  }
}

/** How long an effect has waited, and for what; goes on from the heartbeat of a worker before. */
class Waiting {
  spentMs: number;
  #stand: Stand | undefined;
  #silent = false;

  constructor(details: unknown) {
    const { spentMs = 0, stand } = readHeartbeat(details);
    this.spentMs = spentMs;
    this.#stand = stand;
  }

  get why(): string {
    return this.#stand?.what ?? 'nothing more is known';
  }

  heartbeat(): WaitHeartbeat {
    return { spentMs: this.spentMs, ...(this.#stand ? { stand: this.#stand } : {}) };
  }

  /** @returns whether it says something else than before. A silence is one, whichever call was not answered. */
  note({ kind, why }: Exclude<Seen<unknown>, { kind: 'answer' }>): boolean {
    const before = this.#stand;
    const wasSilent = this.#silent;
    this.#silent = kind === 'silent';
    if (why === undefined) {
      if (wasSilent) this.#stand = undefined;
      return wasSilent;
    }
    const what = why.slice(0, maxWords);
    if (what === before?.what) return false;
    const goesOn = this.#silent && wasSilent;
    this.#stand = { what, since: goesOn && before ? before.since : Date.now() };
    return true;
  }
}
