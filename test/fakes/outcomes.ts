/** How a savepoint or a stop ends. */
export type SavepointOutcome =
  | { is: 'done' }
  /** The operation fails, the job goes on. */
  | { is: 'fails'; cause?: string }
  /** In progress for ever (F20). */
  | { is: 'never-ends' }
  /** The savepoint is there, but Flink says COMPLETED without a path: a client makes a failure of it (F19). */
  | { is: 'no-location' }
  /** Stop only: the savepoint exists, the operation says failure, the job restarts or is FAILED (F16, flink.md 5). */
  | { is: 'job-fails'; ending: 'restarts' | 'failed' };

/** Planned ends of savepoints and stops, per Deployment, taken in order; after them `done`. */
export class Outcomes {
  readonly #planned = new Map<string, SavepointOutcome[]>();

  plan(deploymentId: string, of: 'savepoint' | 'stop', ...outcomes: SavepointOutcome[]): void {
    const key = `${deploymentId}/${of}`;
    this.#planned.set(key, [...(this.#planned.get(key) ?? []), ...outcomes]);
  }

  next(deploymentId: string, of: 'savepoint' | 'stop'): SavepointOutcome {
    return this.#planned.get(`${deploymentId}/${of}`)?.shift() ?? { is: 'done' };
  }
}
