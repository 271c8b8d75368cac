/** The world's time. Everything in it waits by this, so that a test may own the time or let it run. */
export interface Clock {
  /** Milliseconds; epoch or not, the world only compares. */
  now(): number;
  /** Acts once after `ms`. @returns a function that calls it off. */
  after(ms: number, act: () => void): () => void;
}

/** The host's time, for tests on a real Temporal server. Its timers keep no process alive. */
export const realClock: Clock = {
  now: () => Date.now(),
  after(ms, act) {
    const timer = setTimeout(act, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

interface Due {
  at: number;
  order: number;
  act: () => void;
}

/** Time that passes only when a test says so; equal runs are equal to the millisecond. */
export class VirtualClock implements Clock {
  #now: number;
  #order = 0;
  readonly #due = new Set<Due>();

  constructor(start = 1_000_000) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, act: () => void): () => void {
    this.#order += 1;
    const due = { at: this.#now + Math.max(0, ms), order: this.#order, act };
    this.#due.add(due);
    return () => this.#due.delete(due);
  }

  /** Lets `ms` pass: acts what falls due in order, and lets promises settle after each. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#due.delete(next);
      this.#now = next.at;
      next.act();
      await settle();
    }
    this.#now = end;
  }

  /** Lets time pass, a millisecond at a time, until the promise has settled; at most `limitMs`. */
  async until<T>(promise: Promise<T>, limitMs = 60_000): Promise<T> {
    let settled = false;
    const done = promise.finally(() => {
      settled = true;
    });
    done.catch(() => undefined);
    await settle();
    for (let passed = 0; !settled && passed < limitMs; passed += 1) await this.advance(1);
    if (!settled) throw new Error(`still pending after ${limitMs} ms of the world's time`);
    return done;
  }

  #next(end: number): Due | undefined {
    return [...this.#due]
      .filter((due) => due.at <= end)
      .sort((a, b) => a.at - b.at || a.order - b.order)[0];
  }
}

/** A macrotask turn: every promise that can settle without time has settled after it. */
const settle = (): Promise<void> => new Promise((done) => setImmediate(done));

/** Waits by the world's clock. */
export const pause = (clock: Clock, ms: number): Promise<void> =>
  new Promise((done) => clock.after(ms, done));

/** The timers of one thing, called off together when it ends. */
export class Timers {
  readonly #clock: Clock;
  readonly #cancels = new Set<() => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  after(ms: number, act: () => void): void {
    const cancel = this.#clock.after(ms, () => {
      this.#cancels.delete(cancel);
      act();
    });
    this.#cancels.add(cancel);
  }

  cancelAll(): void {
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
  }
}
