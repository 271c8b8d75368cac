import type { DocumentSettings, Document } from '../document/index.ts';
import type { Failure, NewEvent, SavepointRecord, DeploymentStatus, JobRecord } from '../records.ts';
import type { TransitionSettings } from '../settings.ts';
import type { SavepointOrigin } from '../vocabulary.ts';

/**
 * Everything a Deployment's workflow knows. One plain JSON object: its only argument, the only thing that crosses
 * continue-as-new, and what the store keeps for a lost workflow (temporal.md 3, 6). No Date, Map or undefined values.
 */
export interface DeploymentState {
  schemaVersion: 1;
  id: string;
  namespace: string;
  /** Incarnation; raised in the store before a lost workflow is created again (S21). */
  fence: number;
  createdAt: number;
  modifiedAt: number;
  document: Document;
  resourceVersion: number;
  specVersion: number;
  /** Counts changes that ask for an upgrade; a Job made under a lower one is outdated (M19). */
  upgradeVersion: number;
  /** Counts accepted wishes (changes, retry, force); a step that began under a lower one may be cut short (L7). */
  wish: number;
  deleted: boolean;
  /** Set by the signal `forceCancel`: nothing waits for evidence any more; leftovers are named instead. */
  force: boolean;
  /** A re-created workflow looks at what runs before it does anything (F65). */
  mustTakeStock: boolean;
  status: DeploymentStatus;
  /** The Job that runs or may run: at most one (S1). */
  job?: LiveJob;
  /** A warm cluster for the next Job, while the old one still runs. */
  standby?: StandbyJob;
  /** Clusters to remove; their Flink jobs are proven ended. */
  closing: ClosingJob[];
  transition: Transition;
  /** Newest last, by lineage (S3); the oldest are dropped beyond a bound. */
  restorePoints: RestorePoint[];
  /** Savepoints users asked for and that are not done yet. */
  requestedSavepoints: RequestedSavepoint[];
  recovery: Recovery;
  counters: Counters;
  /** What the store does not hold yet; emptied when a write was confirmed. */
  outbox: { events: NewEvent[]; jobs: JobRecord[]; savepoints: SavepointRecord[] };
  /** Ids of the latest requests with what was answered: repeats meet themselves across runs (S16, trap 7). */
  requests: { id: string; reply: ChangeReply }[];
  settings: TransitionSettings;
  documentSettings: DocumentSettings;
  /** Base URI of state directories, artifacts aside (`blobStorage.baseUri`). */
  storageUri: string;
}

/** Identity of a Job and of its cluster, fixed before the first effect (S23). */
export interface JobIdentity {
  jobId: string;
  sequence: number;
  attempt: number;
  /** DeploymentTarget it lives on. */
  target: string;
}

export interface LiveJob extends JobIdentity {
  /** The document's spec under which it was made (S12: recovery with strategy NONE uses it). */
  spec: Document['spec'];
  specVersion: number;
  upgradeVersion: number;
  restoredFrom?: string;
  startedAt: number;
  /** Flink says it ended; how it ended decides what is next. */
  ended?: { state: 'FAILED' | 'CANCELED' | 'FINISHED' | 'GONE'; why: string; at: number };
  /** A TaskManager is missing and nobody but us brings it back (F32). */
  degraded?: string;
}

export interface StandbyJob extends JobIdentity {
  spec: Document['spec'];
  specVersion: number;
  upgradeVersion: number;
}

export interface ClosingJob extends JobIdentity {
  /** Terminal state its record gets when nothing is left of the cluster. */
  endsAs: 'TERMINATED' | 'FAILED' | 'FINISHED';
  why: string;
}

/** Work towards one wish. A new number means fresh attempt budgets and a fresh choice of the restore point (S6, S24). */
export interface Transition {
  number: number;
  kind: 'none' | 'start' | 'upgrade' | 'recovery' | 'suspend' | 'cancel';
  /** Chosen once (S24). `path` absent: an empty start is wanted, or nothing restorable is known. */
  pin?: Pin;
  /** The target refused room for a standby: the old cluster goes first. */
  standbyRefused: boolean;
  /** Why this transition cannot go on; FAILED is said once what it left is cleaned up (S7). */
  failure?: Failure & { eventName: string };
  /** The savepoint this transition made before it stopped the job. */
  savepointId?: string;
}

export interface Pin {
  path?: string;
  restorePointId?: string;
  reason: string;
  allowNonRestoredState: boolean;
}

/** A completed savepoint or a retained checkpoint, with its rank by lineage (S3). */
export interface RestorePoint {
  id: string;
  path: string;
  origin: SavepointOrigin;
  /** (job sequence, attempt, Flink checkpoint id, order of registration): compared left to right. */
  rank: [number, number, number, number];
  jobId?: string;
  flinkVersion?: string;
}

export interface RequestedSavepoint {
  savepointId: string;
  at: number;
}

export interface Recovery {
  /** Deaths in a row of jobs that had been RUNNING for less than `recoveryResetMs`. */
  deaths: number;
  /** Back-off still to wait before the next start, ms; consumed by the step. */
  backoffMs: number;
  /** Times of failures after RUNNING, for `jobFailureExpirationTime`. */
  failedAt: number[];
}

export interface Counters {
  jobSequence: number;
  savepoint: number;
  step: number;
  event: number;
  revision: number;
}

/** Answer of the workflow to an accepted or unchanged request; the API waits until the store has `revision`. */
export interface ChangeReply {
  changed: boolean;
  resourceVersion: number;
  revision: number;
  warnings: string[];
  /** Id of a savepoint that was requested or registered. */
  savepointId?: string;
}
