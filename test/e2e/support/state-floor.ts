import { setTimeout as sleep } from 'node:timers/promises';
import type { FlinkTruth } from './flink-truth.ts';

const everyMs = 250;

/**
 * The least count a restored job may have. A checkpoint N that Flink triggered after we saw N-2 completed holds at least
 * the count we read then; a savepoint asked for after a look holds at least what that look read. So the counter never goes
 * back behind its last savepoint or checkpoint, without knowing when Flink triggered what.
 */
export class StateFloor {
  readonly #truth: FlinkTruth;
  readonly #deploymentId: string;
  readonly #stop = new AbortController();
  readonly #watching: Promise<void>;
  readonly #samples: { checkpoint: number; count: number }[] = [];
  #floor = 0;
  #jobId = '';
  violations: string[] = [];

  constructor(truth: FlinkTruth, deploymentId: string) {
    this.#truth = truth;
    this.#deploymentId = deploymentId;
    this.#watching = this.#watch();
  }

  /** No restore may find less than this. */
  get floor(): number {
    return this.#floor;
  }

  async #watch(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await this.#sample();
      await sleep(everyMs, undefined, { signal: this.#stop.signal }).catch(() => undefined);
    }
  }

  async #sample(): Promise<void> {
    const [at] = (await this.#truth.running(this.#deploymentId)).filter(
      ({ live }) => live.length > 0,
    );
    if (!at) return;
    const seen = await this.#truth.count(at.ref.jobId);
    if (!seen) return;
    // After the count, never before it: what completes between the two must not make the count look older than it is.
    const checkpoint = await this.#truth.checkpointId(at.ref.jobId).catch(() => undefined);
    if (at.ref.jobId !== this.#jobId) this.#newJob(at.ref.jobId, seen.restored);
    if (seen.gap !== 0 && seen.count > seen.restored)
      this.violations.push(`gap ${seen.gap} in ${at.ref.jobId}`);
    if (checkpoint === undefined) return;
    this.#samples.push({ checkpoint, count: seen.count });
    const sure = this.#samples.filter((sample) => sample.checkpoint <= checkpoint - 2);
    this.#floor = Math.max(this.#floor, ...sure.map(({ count }) => count));
  }

  #newJob(jobId: string, restored: number): void {
    this.#jobId = jobId;
    this.#samples.length = 0;
    if (restored < this.#floor)
      this.violations.push(`${jobId} restored ${restored}, behind ${this.#floor}`);
    this.#floor = Math.max(this.#floor, restored);
  }

  /** Ends the watch. @returns what it saw that must not be. */
  async end(): Promise<string[]> {
    this.#stop.abort();
    await this.#watching;
    return this.violations;
  }
}
