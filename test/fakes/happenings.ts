import type { FlinkJobState } from '../../src/core/vocabulary.ts';

/** What the world does by itself, for tests that act at that very moment. */
export interface Happening {
  what: 'job-running' | 'job-ended' | 'checkpoint-completed' | 'savepoint-written';
  deploymentId: string;
  clusterId: string;
  flinkJobId: string;
  state?: FlinkJobState;
  path?: string;
}

/** Listeners act before anything else happens. */
export class Happenings {
  readonly #listeners = new Set<(happening: Happening) => void>();

  /** @returns a function that ends the listening. */
  on(what: Happening['what'], act: (happening: Happening) => void): () => void {
    const listener = (happening: Happening): void => {
      if (happening.what === what) act(happening);
    };
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(happening: Happening): void {
    for (const listener of [...this.#listeners]) listener(happening);
  }
}
