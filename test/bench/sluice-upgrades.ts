import type { CounterDeployment } from '../e2e/support/counter-deployment.ts';
import type { FlinkTruth } from '../e2e/support/flink-truth.ts';
import { until } from '../e2e/support/until.ts';
import { statusLookMs } from './subject.ts';

/** From the last number of the old job to the first of the new one, epoch ms. */
export interface Gap {
  from: number;
  to: number;
}

export interface Upgrade extends Gap {
  /** Of the new job. */
  jobId: string;
  /** When the spec was changed, and when the status said RUNNING of the new job; epoch ms. */
  asked: number;
  told: number;
}

export const lengthOf = ({ from, to }: Gap): number => to - from;

/** Upgrades of one running counter by Sluice, as a user asks for them. */
export class SluiceUpgrades {
  readonly #counter: CounterDeployment;
  readonly #truth: FlinkTruth;
  #round = 0;

  constructor(counter: CounterDeployment, truth: FlinkTruth) {
    this.#counter = counter;
    this.#truth = truth;
  }

  /**
   * Changes the spec and waits until the next job counts and nothing of the old one is left.
   * @returns between which two numbers nothing was counted, by the jobs' own clocks. @throws when a number was lost or counted twice.
   */
  async upgrade({ startBeforeStop }: { startBeforeStop: boolean }): Promise<Upgrade> {
    this.#round += 1;
    await this.#counter.counted();
    const before = await this.#counter.jobId();
    const asked = Date.now();
    await this.#counter.patch({
      upgradeStrategy: { kind: 'STATEFUL', startBeforeStop },
      template: { spec: { flinkConfiguration: { 'bench.round': String(this.#round) } } },
    });
    const { running } = await until(
      'the next job runs',
      async () => (await this.#counter.get()).status,
      (status) =>
        status.state === 'FAILED' ||
        (status.state === 'RUNNING' && status.running.jobId !== before),
      { everyMs: statusLookMs },
    );
    const told = Date.now();
    if (!running) throw new Error('the upgrade failed');
    const seen = await until(
      'the next job has counted',
      () => this.#truth.count(running.jobId),
      (count) => count !== undefined && count.firstAt > 0 && count.count > count.restored,
    );
    await until(
      'the old cluster is gone',
      () => this.#truth.clusters(),
      (clusters) => clusters.length === 1,
    );
    if (seen?.gap !== 0) throw new Error(`not exactly once: ${JSON.stringify(seen)}`);
    const { jobId } = running;
    return { from: seen.restoredLastAt, to: seen.firstAt, jobId, asked, told };
  }
}
