import type { Happenings } from './happenings.ts';
import type { Lineage } from './lineage.ts';
import type { WorldOptions } from './options.ts';
import type { Outcomes } from './outcomes.ts';
import type { Programs } from './program.ts';
import type { FakeStorage } from './storage.ts';

/** What the parts of one world share. */
export interface WorldParts {
  options: WorldOptions;
  storage: FakeStorage;
  programs: Programs;
  outcomes: Outcomes;
  happenings: Happenings;
  lineage: Lineage;
}
