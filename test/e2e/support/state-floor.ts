import { setTimeout as sleep } from 'node:timers/promises';
import type { FlinkCheckpoint } from '../../../src/flink/client.ts';
import type { FlinkTruth } from './flink-truth.ts';

const everyMs = 250;

interface Sample {
  at: number;
  count: number;
  /** A checkpoint that completed after the count was read. */
  before?: number;
}

/**
 * The least count a restored job may have. What was read at some time is in each checkpoint that was triggered later, and
 * that is each one after a checkpoint that completed later, by Flink's own word: when we heard of it says nothing, because
 * Flink answers from a cache that is up to 3 s old. So the counter never goes back behind its last savepoint or checkpoint.
 */
export class StateFloor {
  readonly #truth: FlinkTruth;
  readonly #deploymentId: string;
  readonly #stop = new AbortController();
  readonly #watching: Promise<void>;
  readonly #samples: Sample[] = [];
  #floor = 0;
  #jobId = '';
  readonly #violations: string[] = [];

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
    if (at.ref.jobId !== this.#jobId) this.#newJob(at.ref.jobId, seen.restored);
    if (seen.gap !== 0 && seen.count > seen.restored)
      this.#violations.push(`gap ${seen.gap} in ${at.ref.jobId}`);
    this.#samples.push({ at: Date.now(), count: seen.count });
    const newest = await this.#truth.checkpoint(at.ref.jobId);
    if (newest) this.#judge(newest);
  }

  #judge({ id, completedAt }: FlinkCheckpoint): void {
    for (const sample of this.#samples) {
      if (sample.before !== undefined && id > sample.before)
        this.#floor = Math.max(this.#floor, sample.count);
      if (completedAt !== undefined && completedAt >= sample.at) sample.before ??= id;
    }
  }

  #newJob(jobId: string, restored: number): void {
    this.#jobId = jobId;
    this.#samples.length = 0;
    if (restored < this.#floor)
      this.#violations.push(`${jobId} restored ${restored}, behind ${this.#floor}`);
    this.#floor = Math.max(this.#floor, restored);
  }

  /** Ends the watch. @returns what it saw that must not be, which is also that it never saw the counter. */
  async end(): Promise<string[]> {
    this.#stop.abort();
    await this.#watching;
    return this.#jobId === '' ? ['no look has seen the counter'] : this.#violations;
  }
}
