import type { Document, DocumentSettings } from '../document/index.ts';
import type { DeploymentRecord, NewEvent } from '../records.ts';
import type { TransitionSettings } from '../settings.ts';
import { begin } from './begin.ts';
import { say } from './outbox.ts';
import { recordOf } from './record.ts';
import type { DeploymentState } from './state.ts';

export interface CreateInput {
  id: string;
  namespace: string;
  document: Document;
  settings: TransitionSettings;
  documentSettings: DocumentSettings;
  /** Base URI of state directories; empty when the server has none. */
  storageUri: string;
  /** Epoch ms. */
  now: number;
  warnings: string[];
}

/**
 * A new Deployment: the state its workflow starts from and the row that is stored first. CANCELLED and SUSPENDED are
 * reached at once, RUNNING is TRANSITIONING in the very reply (api.md 3.1, 3.2).
 */
export function createState(input: CreateInput): {
  state: DeploymentState;
  record: DeploymentRecord;
  events: NewEvent[];
} {
  const { now, warnings, ...given } = input;
  const state: DeploymentState = {
    schemaVersion: 1,
    ...given,
    fence: 1,
    createdAt: now,
    modifiedAt: now,
    resourceVersion: 0,
    specVersion: 1,
    wish: 1,
    deleted: false,
    force: false,
    mustTakeStock: false,
    everRan: false,
    status: { state: 'TRANSITIONING' },
    closing: [],
    transition: { number: 0, kind: 'none', standbyRefused: false },
    restorePoints: [],
    requestedSavepoints: [],
    recovery: { deaths: 0, failedAt: [] },
    counters: { jobSequence: 0, savepoint: 0, step: 0, event: 0, revision: 0 },
    outbox: { events: [], jobs: [], savepoints: [] },
    requests: [],
  };
  for (const warning of warnings) say(state, now, 'GENERAL_FAILURE', `Warning: ${warning}`);
  begin(state, now, `The Deployment was created with desired state ${given.document.spec.state}`);
  state.resourceVersion = 1;
  const { events } = state.outbox;
  state.outbox = { events: [], jobs: [], savepoints: [] };
  return { state, record: recordOf(state), events };
}
