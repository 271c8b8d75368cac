import { Unreachable } from '../../src/core/errors/index.ts';
import type { RecordBatch } from '../../src/core/records.ts';
import type { JobState } from '../../src/core/vocabulary.ts';
import type { Store } from '../../src/store/store.ts';

/** What goes wrong with a write (the codes of reliability.md 8): lost before or after its effect, or delivered twice. */
export type WriteFault = 'E-' | 'E+' | '2x';

const copyAfterMs = 15;

/** A real store that notes what it says of Jobs, and whose writes can be disturbed. */
export class StoryStore {
  readonly store: Store;
  readonly #inner: Store;
  readonly #jobStates = new Map<string, JobState>();
  readonly #faults = new Map<string, { fault: WriteFault; writes: number }>();
  readonly #gone = new Set<string>();
  #hit = 0;

  constructor(inner: Store) {
    this.#inner = inner;
    const targets: Store['targets'] = {
      ...inner.targets,
      get: async (namespace, name) =>
        this.#gone.has(name) ? undefined : await inner.targets.get(namespace, name),
    };
    this.store = { ...inner, targets, write: (batch) => this.#write(batch) };
  }

  /** The DeploymentTarget is removed past all checks, until it is called back. */
  loseTarget(name: string): { comesBack(): void } {
    this.#gone.add(name);
    return { comesBack: () => this.#gone.delete(name) };
  }

  /** The world judges S1's exceptions by it. */
  jobState(jobId: string): JobState | undefined {
    return this.#jobStates.get(jobId);
  }

  /** Every third write of the Deployment is hit from now on. */
  disturb(deploymentId: string, fault: WriteFault): void {
    this.#faults.set(deploymentId, { fault, writes: 0 });
  }

  /** Writes that were hit: a plan that hit none proved nothing. */
  get hit(): number {
    return this.#hit;
  }

  async #write(batch: RecordBatch): Promise<void> {
    const planned = this.#faults.get(batch.deploymentId);
    if (planned) planned.writes += 1;
    const fault = planned && planned.writes % 3 === 2 ? planned.fault : undefined;
    if (fault) this.#hit += 1;
    if (fault === 'E-') throw lost('before the statement was read');
    await this.#inner.write(batch);
    for (const { id, state } of batch.jobs ?? []) this.#jobStates.set(id, state);
    if (fault === 'E+') throw lost('before the answer');
    // Nobody hears how a late copy ends; what it breaks shows in the rows.
    if (fault === '2x')
      setTimeout(() => this.#inner.write(batch).catch(() => undefined), copyAfterMs);
  }
}

const lost = (when: string): Unreachable =>
  new Unreachable('STORE_UNAVAILABLE', `connection reset ${when}`);
