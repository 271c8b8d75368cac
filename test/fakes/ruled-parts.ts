import type { Invariants } from './invariants.ts';
import type { WorldParts } from './parts.ts';

/** For what answers external calls: it asks the rules before each effect. Jobs and clusters do not know the rules. */
export interface RuledParts extends WorldParts {
  invariants: Invariants;
}
