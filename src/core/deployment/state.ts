import type { Document, DocumentSettings } from '../document/index.ts';
import type {
  DeploymentStatus,
  Failure,
  JobRecord,
  NewEvent,
  SavepointRecord,
} from '../records.ts';
import type { TransitionSettings } from '../settings.ts';
import type { EventName, SavepointOrigin } from '../vocabulary.ts';

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
  /** Counts accepted wishes (changes, retry, force); a step that began under a lower one may be cut short (L7). */
  wish: number;
  deleted: boolean;
  /** Set by the signal `forceCancel`: nothing waits for evidence any more; leftovers are named instead. */
  force: boolean;
  /** A re-created workflow looks at what runs before it does anything (F65). */
  mustTakeStock: boolean;
  /** A job of this Deployment was RUNNING once: SUSPENDED would claim that its state is kept (F38). */
  everRan: boolean;
  status: DeploymentStatus;
  /** The Job that runs or may run: at most one (S1). */
  job?: LiveJob;
  /** A warm cluster for the next Job, while the old one still runs. */
  standby?: StandbyJob;
  /** Clusters to remove; their Flink jobs are proven ended. */
  closing: ClosingJob[];
  /** Removed by force or as worthless before anybody read what they left; read before anything is restored. */
  unread?: ClosingJob[];
  transition: Transition;
  /** The step that runs at this moment; a re-created workflow finds here what its predecessor was doing. */
  inFlight?: StepInFlight;
  /** Newest last, by lineage (S3); the oldest are dropped beyond a bound. */
  restorePoints: RestorePoint[];
  /** Savepoints users asked for and that are not done yet. */
  requestedSavepoints: RequestedSavepoint[];
  /** Savepoints that a lost workflow left, while it is not known what becomes of them. */
  openSavepoints?: OpenSavepoint[];
  recovery: Recovery;
  counters: Counters;
  /** What the store does not hold yet; emptied when a write was confirmed. */
  outbox: { events: NewEvent[]; jobs: JobRecord[]; savepoints: SavepointRecord[] };
  /** The latest requests and what was answered: repeats meet themselves across runs (S16, trap 7). */
  requests: { id: string; content: string; reply: ChangeReply }[];
  settings: TransitionSettings;
  documentSettings: DocumentSettings;
  /** Base URI of state directories, artifacts aside (`blobStorage.baseUri`). */
  storageUri: string;
}

/** A Job and its cluster; the identity in `record` is fixed before the first effect (S23). */
export interface JobInState {
  /** Its row in the store, as last written: the whole truth about the Job for people. */
  record: JobRecord;
}

/** What a Job was made from: the user's document at that moment, for comparing, rendering again and recovery (S12). */
export interface JobOrigin {
  spec: Document['spec'];
  annotations?: Record<string, string>;
}

export interface LiveJob extends JobInState, JobOrigin {
  restoredFrom?: string;
  startedAt: number;
  /** Flink says it ended, or its JobManager is proven gone; how it ended decides what is next. */
  ended?: JobEnd;
  /** A TaskManager is missing and nobody but us brings it back (F32). */
  degraded?: string;
  /** What it left cannot be told, and a person has named another restore point. */
  lossAccepted?: true;
  /** Epoch ms of the last try to bring it back. */
  repairedAt?: number;
}

export interface JobEnd {
  state: 'FAILED' | 'CANCELED' | 'FINISHED' | 'GONE';
  why: string;
  at: number;
}

/** A warm cluster that waits for the old job to end (start before stop). */
export interface StandbyJob extends JobInState, JobOrigin {
  attempt: number;
  /** The step that stops the old job may hand over to it at once: from then on it is taken for one that may run. */
  offered?: true;
  /** What it was handed over from. */
  pin?: Pin;
}

/** A cluster to remove; its Flink job is proven ended, or was never submitted. */
export interface ClosingJob extends JobInState {
  /** Terminal state its record gets when nothing is left of the cluster. */
  endsAs: 'TERMINATED' | 'FAILED' | 'FINISHED';
  why: string;
  /**
   * Flink said a terminal state, or no job was ever submitted. False: only the JobManager's end is proven, so that its
   * TaskManagers may still run tasks; nothing starts before they are gone (reliability.md 2.2 rule 4).
   */
  proven: boolean;
  /** Nobody read the newest checkpoint of its job, which may have run: it is looked for before and after it goes. */
  mayHaveRun?: boolean;
  /** What it left cannot be told, and a person has named another restore point. */
  lossAccepted?: true;
  /** How often it did not go: what else is due goes first, as long as its job is proven ended (F41). */
  stubborn?: number;
}

export type TransitionKind = 'none' | 'start' | 'upgrade' | 'recovery' | 'suspend' | 'cancel';

export interface StepInFlight {
  step: string;
  reason: string;
  since: number;
  /** `wish` of the state when it began: a newer one may cut it short (L7). */
  wish: number;
  /** Id of its child workflow, for looking at in the Temporal Web UI. */
  workflowId?: string;
}

/** Work towards one wish. A new number means fresh attempt budgets and a fresh choice of the restore point (S6, S24). */
export interface Transition {
  number: number;
  kind: TransitionKind;
  /** Chosen once (S24). `path` absent: an empty start is wanted, or nothing restorable is known. */
  pin?: Pin;
  /** The target refused room for a standby: the old cluster goes first. */
  standbyRefused: boolean;
  /** How often a savepoint step found a TaskManager missing: mended only so often, so that no cluster is mended for ever (S26). */
  repairs?: number;
  /** Attempts used by steps whose workflows a person ended in Temporal: what is begun again has the rest (S6). */
  usedJobAttempts?: number;
  usedSavepointAttempts?: number;
  /** Why this transition cannot go on; FAILED is said once what it left is cleaned up (S7). */
  failure?: TransitionFailure;
}

/** What FAILED will say. */
export interface TransitionFailure extends Failure {
  eventName: EventName;
  /**
   * What had to be looked at or removed could not be, for as long as an outage may last: it is not tried again, and
   * what is left stays known, until a person acts (S7, S26).
   */
  stuck?: true;
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

/** A user's savepoint: its row is stored as STARTED before anything is asked of Flink (S22). */
export interface RequestedSavepoint {
  record: SavepointRecord;
}

/** Its row says STARTED, and nobody waits for it. */
export interface OpenSavepoint {
  id: string;
  jobId: string;
  /** A stop: where it succeeds, the job ends with it, and the end is recorded with its savepoint. */
  stop: boolean;
}

export interface Recovery {
  /** Deaths in a row of jobs that had been RUNNING for less than `recoveryResetMs`. */
  deaths: number;
  /** Times of failures after RUNNING, for `jobFailureExpirationTime`. */
  failedAt: number[];
  /** Under upgradeStrategy NONE a dead job comes back as it was, not as the document now says (S12). */
  origin?: JobOrigin;
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
