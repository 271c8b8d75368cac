import type { CounterDeployment } from '../e2e/support/counter-deployment.ts';
import type { FlinkTruth } from '../e2e/support/flink-truth.ts';
import { until } from '../e2e/support/until.ts';

/** From the last number of the old job to the first of the new one, epoch ms. */
export interface Gap {
  from: number;
  to: number;
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
  async upgrade({ startBeforeStop }: { startBeforeStop: boolean }): Promise<Gap> {
    this.#round += 1;
    await this.#counter.counted();
    const before = await this.#counter.jobId();
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
    );
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
    return { from: seen.restoredLastAt, to: seen.firstAt };
  }
}
