import { setTimeout as sleep } from 'node:timers/promises';
import type { LiveJob } from './flink-truth.ts';

const everyMs = 200;

/** All live jobs by Flink's own word; `undefined`: it could not be asked. */
export type LookAtJobs = () => Promise<readonly LiveJob[] | undefined>;

/** Looks at Flink itself all the time: never two live jobs of one Deployment (S1). */
export class JobWatch {
  readonly #look: LookAtJobs;
  readonly #stop = new AbortController();
  readonly #watching: Promise<void>;
  readonly #violations: string[] = [];
  #hasSeen = false;
  /** Those that saw something of Flink, if only that nothing runs. */
  looks = 0;

  constructor(look: LookAtJobs) {
    this.#look = look;
    this.#watching = this.#watch();
  }

  async #watch(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const seen = await this.#look();
      if (seen) this.#judge(seen);
      await sleep(everyMs, undefined, { signal: this.#stop.signal }).catch(() => undefined);
    }
  }

  #judge(seen: readonly LiveJob[]): void {
    this.looks += 1;
    this.#hasSeen ||= seen.length > 0;
    for (const [deployment, jobs] of Map.groupBy(seen, ({ deploymentId }) => deploymentId)) {
      const ids = jobs.map(({ id, state }) => `${id} ${state}`);
      if (ids.length > 1) this.#violations.push(`${deployment}: ${ids.join(', ')}`);
    }
  }

  /** Ends the watch. @returns what it saw that must not be, which is also that it never saw a job. */
  async end(): Promise<string[]> {
    this.#stop.abort();
    await this.#watching;
    return this.#hasSeen ? this.#violations : ['no look at Flink has seen a job'];
  }
}
