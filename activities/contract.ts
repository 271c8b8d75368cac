import type { ClusterRef, ClusterSpec } from '../src/core/cluster.ts';
import type { FoundCheckpoint } from '../src/core/deployment/restore-points.ts';
import type { JobEnd, OpenSavepoint, Pin } from '../src/core/deployment/state.ts';
import type {
  CloseOutcome,
  JobHandle,
  RecordEndOutcome,
  Stock,
  WatchReport,
} from '../src/core/deployment/steps.ts';
import type { DeploymentSpec, RenderedJob } from '../src/core/document/index.ts';
import type { JobRecord, RecordBatch } from '../src/core/records.ts';
import type { TransitionSettings } from '../src/core/settings.ts';

/**
 * The effects, one each, as workflows call them. All may run twice, late, or after they were given up; each looks, acts
 * with a key that the workflow fixed, and looks again (reliability.md 2.2). Outcomes of the domain are
 * `ApplicationFailure`s with an `errorCodes` type, not retryable; everything else is transport and retried.
 */
export interface Activities {
  /** Writes rows and events in one transaction; a second delivery changes nothing. */
  publish(batch: RecordBatch): Promise<void>;
  removeRecords(input: { deploymentId: string; fence: number }): Promise<void>;
  takeStock(input: { deploymentId: string; namespace: string }): Promise<Stock>;

  /** Brings the artifact to this host, so that a missing one costs no cluster; a missing target costs no download. */
  fetchArtifact(input: { cluster: ClusterRef; jarUri: string }): Promise<void>;
  ensureCluster(input: { cluster: ClusterSpec }): Promise<void>;
  awaitCluster(input: AwaitCluster): Promise<void>;
  /** Looks for an upload of the same content first. */
  uploadArtifact(input: { cluster: ClusterRef; jarUri: string }): Promise<{ jarId: string }>;
  /** A throw-away bounded job of our own named `warm-up`; ends before it answers (mission 2). */
  warmUp(input: WarmUp): Promise<void>;
  /** Answers once the job with the pinned id exists, whoever submitted it. */
  submitJob(input: SubmitJob): Promise<void>;
  /** Answers when reliability.md 1.3 (1) to (5) hold, or when a TaskManager is missing that may be mended. */
  awaitJob(input: AwaitJob): Promise<JobStarted | StartDegraded>;
  /**
   * Ends what an attempt began: its newest own checkpoint is looked for, then everything of it goes. `uncertain`: what it
   * left cannot be told, so nothing was removed.
   */
  endAttempt(input: {
    job: JobHandle;
    submitted: boolean;
  }): Promise<{ found?: FoundCheckpoint; uncertain?: string }>;

  /** Waits until a savepoint can be triggered: job RUNNING, every vertex RUNNING or FINISHED (2.4). */
  awaitStoppable(input: StopAttempt & { mayRepair: boolean }): Promise<Stoppable>;
  /** @returns the savepoint whose operation is under way: a predecessor's that still is, or this attempt's. */
  triggerStop(input: StopAttempt): Promise<{ savepointId: string; end?: JobEnd }>;
  /** With `next`, the job's proven end hands over to it at once, for nothing is counted meanwhile (S22, mission 2). */
  awaitStop(input: AwaitStop): Promise<StopResult>;
  triggerSavepoint(input: { job: JobHandle; savepointId: string }): Promise<CheckpointTimeout>;
  awaitSavepoint(input: {
    job: JobHandle;
    savepointId: string;
    timeoutMs: number;
    pollMs: number;
  }): Promise<{ location: string; checkpointId: number }>;

  /** Cancels and waits for the end; the newest retained checkpoint is read before and after (2.2 rule 10). */
  cancelJob(input: CancelJob): Promise<Cancelled>;
  recordEnd(input: { job: JobHandle; end: JobEnd; acceptLoss: boolean }): Promise<RecordEndOutcome>;
  /** Removes nothing while it is not certain what its job left, unless that loss is accepted. */
  closeCluster(input: {
    job: JobHandle;
    mayHaveRun: boolean;
    acceptLoss: boolean;
  }): Promise<CloseOutcome>;
  /** The newest state of a job that is given up by force, for nobody could look at it. */
  lastKnown(input: { job: JobHandle }): Promise<{ found?: FoundCheckpoint; uncertain?: string }>;
  repairCluster(input: {
    cluster: ClusterSpec;
  }): Promise<{ kind: 'repaired' } | { kind: 'gone'; why: string }>;
  watchJob(input: WatchJob): Promise<WatchReport>;
}

export interface AwaitCluster {
  cluster: ClusterRef;
  taskManagers: number;
  /** What was rendered; read back from Flink (S30). */
  flinkConfiguration: Record<string, string>;
  timeoutMs: number;
  pollMs: number;
  /** Waits no longer for room; absent: as long as for all else. */
  roomMs?: number;
}

export interface WarmUp {
  cluster: ClusterRef;
  flinkVersion: string;
  parallelism: number;
  timeoutMs: number;
}

/** A program, handed to Flink under its Job's own id and from its restore point. */
export interface Submission {
  job: JobHandle;
  jarUri: string;
  flinkVersion: string;
  run: RenderedJob['run'];
  pin: Pin;
}

export interface SubmitJob extends Submission {
  timeoutMs: number;
  pollMs: number;
}

export interface AwaitJob {
  job: JobHandle;
  pin: Pin;
  parallelism: number;
  /** A missing TaskManager is handed back to be mended; false: it was often enough, and the attempt has failed. */
  mayRepair: boolean;
  timeoutMs: number;
  pollMs: number;
}

/** A TaskManager is missing: whoever waits for the job's tasks waits in vain, and only we bring it back (F32). */
export interface StartDegraded {
  degraded: string;
  /** How much of `timeoutMs` is used up. */
  spentMs: number;
}

export interface JobStarted {
  finished: boolean;
  restoredFrom?: string;
  /** What the program itself overrides, for people. */
  notes: string[];
}

export interface StopAttempt {
  job: JobHandle;
  /** Id of this attempt's savepoint; its trigger id is it without dashes. */
  savepointId: string;
  /** Savepoint ids of earlier attempts, newest first: one still in progress is joined, never doubled (2.3). */
  earlier: string[];
  timeoutMs: number;
  pollMs: number;
}

export interface AwaitStop extends StopAttempt {
  savepointId: string;
  next?: Handover;
}

/** The next Job on its warm cluster, as it is submitted from the savepoint of the one before. */
export interface Handover extends Omit<Submission, 'pin'> {
  /** Its row, which learns what it starts from before it is submitted (S22). */
  record: JobRecord;
  fence: number;
  restoreStrategy: DeploymentSpec['restoreStrategy'];
}

/** Flink's own time-out of checkpoints and savepoints of the job, where it takes checkpoints. */
export interface CheckpointTimeout {
  checkpointTimeoutMs?: number;
}

/** `degraded`: a TaskManager is missing, and waiting alone brings none back. */
export interface Stoppable extends CheckpointTimeout {
  end?: JobEnd;
  degraded?: string;
}

/** `failed-stopping`: the savepoint is good, but the job did not end with it (2.2 rule 8, third outcome). */
export type StopResult = {
  /** An earlier delivery of this call may have handed over, and died of it or was not heard. */
  handoverOpen?: true;
} & (
  | {
      kind: 'completed' | 'failed-stopping';
      location: string;
      checkpointId: number;
      /** False: only the JobManager's end is known, so that tasks of the job may still run. */
      proven: boolean;
      /** The next job may have been submitted, from this. */
      handedOver?: Pin;
    }
  | { kind: 'ended'; end: JobEnd }
);

export interface CancelJob {
  job: JobHandle;
  graceMs: number;
  pollMs: number;
  onSilence: 'teardown' | 'wait';
}

export interface Cancelled {
  end: JobEnd;
  proven: boolean;
  found?: FoundCheckpoint;
  /** Why the newest state it left cannot be told. */
  uncertain?: string;
}

export interface WatchJob {
  job: JobHandle;
  /** Epoch ms; since then it is RUNNING, and healthy until a look says otherwise. */
  runningSince: number;
  /** Savepoints that a lost workflow left open. */
  openSavepoints?: OpenSavepoint[];
  settings: Pick<TransitionSettings, 'pollMs' | 'conditions'>;
}
