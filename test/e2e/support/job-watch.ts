import { setTimeout as sleep } from 'node:timers/promises';
import type { FlinkTruth } from './flink-truth.ts';

const everyMs = 200;

/** Looks at Flink itself all the time: never two live jobs of one Deployment (S1). */
export class JobWatch {
  readonly #truth: FlinkTruth;
  readonly #stop = new AbortController();
  readonly #watching: Promise<void>;
  readonly violations: string[] = [];
  looks = 0;

  constructor(truth: FlinkTruth) {
    this.#truth = truth;
    this.#watching = this.#watch();
  }

  async #watch(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await this.#look();
      await sleep(everyMs, undefined, { signal: this.#stop.signal }).catch(() => undefined);
    }
  }

  async #look(): Promise<void> {
    const byDeployment = new Map<string, string[]>();
    for (const { ref, live } of await this.#truth.running()) {
      const known = byDeployment.get(ref.deploymentId) ?? [];
      byDeployment.set(ref.deploymentId, [
        ...known,
        ...live.map(({ id, state }) => `${id} ${state}`),
      ]);
    }
    this.looks += 1;
    for (const [deployment, jobs] of byDeployment)
      if (jobs.length > 1) this.violations.push(`${deployment}: ${jobs.join(', ')}`);
  }

  /** Ends the watch. @returns what it saw that must not be. */
  async end(): Promise<string[]> {
    this.#stop.abort();
    await this.#watching;
    return this.violations;
  }
}
