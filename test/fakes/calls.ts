import { Refused, Unreachable } from '../../src/core/errors/index.ts';
import { pause } from './clock.ts';
import { type Fault, Faults, matches } from './faults.ts';
import type { WorldOptions } from './options.ts';
import { type CallAnswer, type CallInfo, type CallKind, Trace, type TraceEntry } from './trace.ts';
import { InvariantBroken } from './violations.ts';

/** A call in the making, as its effect sees it. */
export interface Call {
  readonly entry: TraceEntry;
  /** Must be called right before something changes: marks the write, and throws where none may happen (S7). */
  writes(): void;
}

/** Acts at an exact point of a call: before its effect, or after the effect and before the answer. May wait. */
export type CallHook = (entry: TraceEntry) => void | Promise<void>;

interface Hook {
  kind: CallKind;
  when: 'before' | 'after';
  hook: CallHook;
}

/** The way every external call goes: traced, hooked, faulted, and cut short by its signal but never undone by it. */
export class Calls {
  readonly trace = new Trace();
  readonly faults = new Faults();
  readonly #options: WorldOptions;
  readonly #mayWrite: (entry: TraceEntry) => void;
  readonly #hooks = new Set<Hook>();
  readonly #answers = new Map<
    string,
    { text: string; value: unknown; before?: { value: unknown } }
  >();

  constructor(options: WorldOptions, mayWrite: (entry: TraceEntry) => void) {
    this.#options = options;
    this.#mayWrite = mayWrite;
  }

  /** @returns a function that removes the hook. */
  on(kind: CallKind, when: 'before' | 'after', hook: CallHook): () => void {
    const added = { kind, when, hook };
    this.#hooks.add(added);
    return () => this.#hooks.delete(added);
  }

  async perform<T>(
    info: CallInfo,
    signal: AbortSignal,
    act: (call: Call) => T | Promise<T>,
  ): Promise<T> {
    signal.throwIfAborted();
    const entry = this.trace.begin(info, this.#options.clock.now());
    return untilAborted(this.#deliver(entry, act), signal);
  }

  async #deliver<T>(entry: TraceEntry, act: (call: Call) => T | Promise<T>): Promise<T> {
    const once = async (): Promise<T> => {
      await pauseIf(this.#options, this.#options.latencyMs);
      return act({ entry, writes: () => this.#write(entry) });
    };
    try {
      await this.#runHooks('before', entry);
      const value = await this.#withFault(entry, once);
      entry.answer = 'ok';
      entry.value = value;
      await this.#runHooks('after', entry);
      return value;
    } catch (error) {
      entry.answer = answerOf(error);
      entry.value = error instanceof Error ? error.message : String(error);
      throw error;
    }
  }

  #write(entry: TraceEntry): void {
    this.#mayWrite(entry);
    entry.effect = true;
  }

  async #withFault<T>(entry: TraceEntry, once: () => Promise<T>): Promise<T> {
    const taken = this.faults.take(entry);
    if (taken === undefined) return this.#remember(entry, await once());
    if (taken.fault.is === 'stale') return this.#stale(entry, await once(), taken.fires);
    taken.fires();
    return this.#remember(entry, await underFault(taken.fault, entry.kind, once, this.#options));
  }

  /** Keeps the last two different answers of each question, so that a stale one is a true answer of the past. */
  #remember<T>(entry: TraceEntry, value: T): T {
    const key = questionOf(entry);
    const text = JSON.stringify(value) ?? '';
    const last = this.#answers.get(key);
    if (last === undefined) this.#answers.set(key, { text, value });
    else if (last.text !== text) {
      this.#answers.set(key, { text, value, before: { value: last.value } });
    }
    return value;
  }

  #stale<T>(entry: TraceEntry, value: T, fires: () => void): T {
    this.#remember(entry, value);
    const before = this.#answers.get(questionOf(entry))?.before;
    if (before === undefined || entry.effect) return value;
    fires();
    // The key holds the method's name and arguments, so what it answered before has its type.
    return before.value as T;
  }

  async #runHooks(when: 'before' | 'after', entry: TraceEntry): Promise<void> {
    for (const hook of [...this.#hooks]) {
      if (hook.when === when && matches(hook, entry)) await hook.hook(entry);
    }
  }
}

async function underFault<T>(
  fault: Exclude<Fault, { is: 'stale' }>,
  kind: CallKind,
  once: () => Promise<T>,
  options: WorldOptions,
): Promise<T> {
  switch (fault.is) {
    case 'request-lost':
      throw unreachable(kind, 'connection reset before the request was read');
    case 'answer-lost':
      await once();
      throw unreachable(kind, 'connection reset before the answer');
    case 'garbage':
      await once();
      throw unreachable(kind, 'the answer is not what was asked for: <!DOCTYPE html>');
    case 'slow':
      options.clock.after(fault.effectAfterMs, () => quietly(once()));
      await pause(options.clock, options.callTimeoutMs);
      throw unreachable(kind, `no answer within ${options.callTimeoutMs} ms`);
    case 'twice':
      options.clock.after(fault.copyAfterMs, () => quietly(once()));
      return once();
    case 'refused':
      throw new Refused(fault.code, fault.message);
    case 'hangs':
      return new Promise<T>(() => undefined);
    case 'hangs-after':
      await once();
      return new Promise<T>(() => undefined);
  }
}

/** The caller is gone: nobody hears how a late copy ends. What it breaks is in the violations. */
const quietly = (late: Promise<unknown>): void => {
  late.catch(() => undefined);
};

const targetKinds: readonly CallKind[] = ['ensure', 'describe', 'destroy', 'list'];

/** The error of a dependency that did not answer, by the call's kind. */
export function unreachable(kind: CallKind, why: string): Unreachable {
  if (kind === 'fetch') return new Unreachable('ARTIFACT_UNAVAILABLE', `${kind}: ${why}`);
  const code = targetKinds.includes(kind) ? 'TARGET_UNREACHABLE' : 'FLINK_UNREACHABLE';
  return new Unreachable(code, `${kind}: ${why}`);
}

function answerOf(error: unknown): CallAnswer {
  if (error instanceof InvariantBroken) return 'violation';
  if (error instanceof Unreachable) return 'unreachable';
  return error instanceof Refused ? 'refused' : 'failed';
}

const questionOf = (entry: TraceEntry): string =>
  [entry.kind, entry.clusterId, entry.flinkJobId, entry.detail].join('/');

const pauseIf = async (options: WorldOptions, ms: number): Promise<void> => {
  if (ms > 0) await pause(options.clock, ms);
};

/** The signal ends the wait, not the effect (targets/target.ts). */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const leave = (): void => reject(signal.reason);
    signal.addEventListener('abort', leave, { once: true });
    void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
  });
}
