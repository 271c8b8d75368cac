/** Most addresses remembered at once; the oldest is forgotten first, so that a flood does not eat the memory. */
const maxAddresses = 10_000;

/** Counts failed logins per address in fixed windows (N22). */
export class FailedLogins {
  readonly #limit: number;
  readonly #windowMs: number;
  readonly #clock: () => number;
  readonly #windows = new Map<string, { count: number; endsAt: number }>();

  constructor(options: { limit: number; windowMs: number; clock: () => number }) {
    this.#limit = options.limit;
    this.#windowMs = options.windowMs;
    this.#clock = options.clock;
  }

  /** Notes one failure. @returns how long the address must wait, in ms, once it is over its limit. */
  note(address: string): number | undefined {
    const now = this.#clock();
    const known = this.#windows.get(address);
    const open = known !== undefined && known.endsAt > now;
    const window = open ? known : { count: 0, endsAt: now + this.#windowMs };
    window.count += 1;
    this.#remember(address, window);
    return window.count > this.#limit ? window.endsAt - now : undefined;
  }

  #remember(address: string, window: { count: number; endsAt: number }): void {
    this.#windows.delete(address);
    this.#windows.set(address, window);
    if (this.#windows.size <= maxAddresses) return;
    const [oldest] = this.#windows.keys();
    if (oldest !== undefined) this.#windows.delete(oldest);
  }
}
