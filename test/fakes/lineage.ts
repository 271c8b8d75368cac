import type { Capture } from './storage.ts';

/** One accepted start of a Deployment's job. */
export interface Start {
  flinkJobId: string;
  /** Absent: an empty start. */
  path?: string;
  /** State found at the start; 0 when empty. */
  counter: number;
  /** The most state that any capture held when it started. */
  best: number;
  /** The same, savepoints only. */
  bestSavepoint: number;
  /** State of the last capture before it started, and of the last savepoint; 0 where there was none. */
  newest: Record<Admitted, number>;
}

/** Which restore points a restore strategy admits (S3). */
export type Admitted = 'any' | 'savepoints';

/** Remembers what each Deployment captured and what each start found, so that lost state is a number. */
export class Lineage {
  readonly #captures: Capture[] = [];
  readonly #starts: { deploymentId: string; start: Start }[] = [];

  captured(capture: Capture): void {
    this.#captures.push(capture);
  }

  started(
    deploymentId: string,
    flinkJobId: string,
    restored?: { path: string; counter: number },
  ): void {
    const start: Start = {
      flinkJobId,
      counter: restored?.counter ?? 0,
      best: this.best(deploymentId, 'any'),
      bestSavepoint: this.best(deploymentId, 'savepoints'),
      newest: {
        any: this.#admitted(deploymentId, 'any').at(-1) ?? 0,
        savepoints: this.#admitted(deploymentId, 'savepoints').at(-1) ?? 0,
      },
      ...(restored === undefined ? {} : { path: restored.path }),
    };
    this.#starts.push({ deploymentId, start });
  }

  /** The highest counter ever captured for the Deployment; 0 when nothing was. */
  best(deploymentId: string, admitted: Admitted): number {
    return Math.max(0, ...this.#admitted(deploymentId, admitted));
  }

  starts(deploymentId: string): Start[] {
    return this.#starts.filter((one) => one.deploymentId === deploymentId).map((one) => one.start);
  }

  /** The worst loss of any start: captured state that the start did not find. 0 = nothing was lost (S3). */
  lost(deploymentId: string, admitted: Admitted): number {
    const losses = this.starts(deploymentId).map(
      (start) => (admitted === 'any' ? start.best : start.bestSavepoint) - start.counter,
    );
    return Math.max(0, ...losses);
  }

  /** Counters of what was captured, in that order. */
  #admitted(deploymentId: string, admitted: Admitted): number[] {
    return this.#captures
      .filter((capture) => capture.deploymentId === deploymentId)
      .filter((capture) => admitted === 'any' || capture.kind === 'savepoint')
      .map((capture) => capture.counter);
  }
}
