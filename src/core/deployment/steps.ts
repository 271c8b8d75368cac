import type { ClusterRef } from '../cluster.ts';
import {
  checkpointDirectoryKeys,
  retentionKey,
  savepointDirectoryKeys,
} from '../document/index.ts';
import { clusterIdOf, withoutDashes } from '../ids.ts';
import type { Failure, JobRecord, SavepointRecord } from '../records.ts';
import type { TransitionSettings } from '../settings.ts';
import type { EventName } from '../vocabulary.ts';
import type { FoundCheckpoint } from './restore-points.ts';
import type { JobEnd, JobInState, JobOrigin, Pin } from './state.ts';

/** What steps are given and what they answer. Plain JSON: it crosses Temporal. Times in epoch ms. */

/** A Job as effects need it: where it runs, and where its state goes. */
export interface JobHandle {
  cluster: ClusterRef;
  flinkJobId: string;
  /** Directory URI of its checkpoints; Flink adds `/<flink job id>/chk-N`. Absent: it has none. */
  checkpointDirectory?: string;
  /** A savepoint's target directory is this and the savepoint's id. */
  savepointBase?: string;
  /** Which checkpoints Flink leaves when the job ends: `RETAIN_ON_CANCELLATION` unless the user says otherwise. */
  retention?: string;
}

/** Reads the handle from the Job's frozen configuration, so that a newer server's rules never move it (S29). */
export function handleOf({ record }: JobInState): JobHandle {
  const configuration = record.spec.flinkConfiguration;
  const read = (...keys: string[]): string | undefined =>
    keys.map((key) => textAt(configuration, key)).find((value) => value !== undefined);
  const checkpointDirectory = read(...checkpointDirectoryKeys);
  const savepointBase = read(...savepointDirectoryKeys);
  const retention = read(retentionKey);
  return {
    cluster: {
      clusterId: clusterIdOf(record.id),
      jobId: record.id,
      deploymentId: record.deploymentId,
      namespace: record.namespace,
      target: record.target,
    },
    flinkJobId: withoutDashes(record.id),
    ...(checkpointDirectory ? { checkpointDirectory } : {}),
    ...(savepointBase ? { savepointBase } : {}),
    ...(retention ? { retention } : {}),
  };
}

function textAt(map: unknown, key: string): string | undefined {
  if (typeof map !== 'object' || map === null) return undefined;
  const value: unknown = Object.entries(map).find(([name]) => name === key)?.[1];
  return typeof value === 'string' ? value : undefined;
}

interface StepInput {
  deploymentId: string;
  deploymentName: string;
  namespace: string;
  fence: number;
  /** Number of the step: events of its attempts are keyed by it. */
  step: number;
  settings: TransitionSettings;
}

/** `prepare-cluster` and `start-job`: attempt r makes Job (`sequence`, `firstAttempt` + r - 1). */
export interface StartInput extends StepInput {
  sequence: number;
  firstAttempt: number;
  /** `maxJobCreationAttempts`, for texts; the child's retry policy enforces it (M30). */
  limit: number;
  origin: JobOrigin;
  specVersion: number;
  target: string;
  storageUri: string;
  /** Absent while a standby is prepared: the restore point is not known yet. */
  pin?: Pin;
  /** The warm cluster that attempt 1 uses. `mayRun`: its job may have been submitted already. */
  standby?: JobInState & { mayRun: boolean };
  /** Recovery back-off before the first attempt (L4). */
  delayMs: number;
}

/** `take-savepoint`: stop with savepoint, for a suspend or a STATEFUL upgrade. */
export interface StopWithSavepointInput extends StepInput {
  job: JobInState;
  /** Number of the request: savepoint ids derive from it and the attempt. */
  request: number;
  limit: number;
  purpose: 'suspend' | 'upgrade';
  /** A missing TaskManager is handed back to be mended; false: it was often enough, and the attempt waits it out. */
  mayRepair: boolean;
  /** The start that follows on the warm standby: its job is submitted as soon as the old one is proven to have ended. */
  next?: StartInput;
}

/** A user's savepoint: one attempt, burns none of the limits (api.md 3.8). */
export interface UserSavepointInput extends StepInput {
  job: JobInState;
  record: SavepointRecord;
}

/** `stop-job`: cancel without savepoint. */
export interface StopInput extends StepInput {
  job: JobInState;
  /** While Flink is silent: `teardown` after the grace (a user's cancel), or `wait` for evidence (reliability.md 2.4). */
  onSilence: 'teardown' | 'wait';
}

export interface StepFailure {
  reason: string;
  message: string;
}

/** What a person did to a step's workflow in Temporal. */
export type HandMade = 'terminated' | 'cancelled';

export type PrepareOutcome =
  | { kind: 'ready'; record: JobRecord; attempt: number }
  | { kind: 'no-room'; message: string }
  | { kind: 'interrupted'; left?: LeftJob }
  | { kind: 'failed'; failure: StepFailure; left?: LeftJob };

/** An attempt whose clean-up a force did not wait for, or an outage did not allow: its cluster is still to go. */
export interface LeftJob {
  record: JobRecord;
  /** It was submitted, so its newest checkpoint is looked for before the cluster goes. */
  mayHaveRun: boolean;
  /** No job was ever submitted: nothing depends on when the cluster goes. */
  isIdle?: boolean;
}

export type StartOutcome =
  | {
      kind: 'started';
      record: JobRecord;
      attempt: number;
      restoredFrom?: string;
      finished: boolean;
      notes: string[];
      at: number;
    }
  /** It died before it was declared RUNNING but had completed a checkpoint of its own: it has run (2.4). */
  | { kind: 'has-run'; record: JobRecord; end: JobEnd; found: FoundCheckpoint }
  | { kind: 'interrupted'; record?: JobRecord; found?: FoundCheckpoint; left?: LeftJob }
  | { kind: 'failed'; failure: StepFailure; left?: LeftJob };

/** The savepoint that a stop left. */
export interface StopSavepoint {
  savepoint: SavepointRecord;
  /** Flink's id of it: its rank among the checkpoints of its job. */
  checkpointId: number;
}

/** An event to be, and its message. */
export type StoryLine = readonly [EventName, string];

export type StopWithSavepointOutcome = StopEnding & {
  /** The stop was to hand over to the next job, and nobody heard whether it did: that job may run (S1). */
  handoverOpen?: true;
};

type StopEnding =
  /** `story`: what the step has not told yet. */
  | ({
      kind: 'stopped';
      proven: boolean;
      found?: FoundCheckpoint;
      /** It failed while it stopped, and what it left after the savepoint cannot be told. */
      uncertain?: Uncertain;
      story: readonly StoryLine[];
      /** The next job may have been submitted, from this. */
      handedOver?: Pin;
    } & StopSavepoint)
  /** It ended by itself before a savepoint of this request existed. */
  | { kind: 'job-ended'; end: JobEnd }
  /** No savepoint can be taken before a TaskManager is back, which only we bring (F32). No attempt is burnt. */
  | { kind: 'degraded'; why: string }
  | { kind: 'interrupted' }
  | { kind: 'failed'; failure: StepFailure };

export type UserSavepointOutcome =
  | { kind: 'completed'; location: string; checkpointId: number }
  | { kind: 'not-taken'; failure: StepFailure }
  | { kind: 'interrupted' };

export type StopOutcome =
  | { kind: 'stopped'; end: JobEnd; proven: boolean; found?: FoundCheckpoint; uncertain?: string }
  | { kind: 'interrupted' };

/** A job whose end is known, and of which nobody can tell what it left. */
export interface Uncertain {
  end: JobEnd;
  why: string;
}

/** What a job left. `stops`: savepoints of stops that nobody had heard of, oldest first. */
export interface LeftState {
  found?: FoundCheckpoint;
  stops: StopSavepoint[];
}

export type RecordEndOutcome = LeftState &
  (
    | { kind: 'recorded'; end: JobEnd }
    /** The last of `stops` had ended it: its savepoint exists (2.4). */
    | { kind: 'stopped' }
    | ({ kind: 'uncertain' } & Uncertain)
    /**
     * A cancel waited for it no longer than the grace, or who accepts the loss not for a silent bucket: what it left is
     * looked for as its cluster goes (2.4).
     */
    | { kind: 'unread'; end: JobEnd }
  );

export type CloseOutcome =
  /** `uncertain`: it went all the same, since the loss was accepted. */
  | { kind: 'closed'; evidence: string; found?: FoundCheckpoint; uncertain?: string }
  /** Nothing was removed. */
  | { kind: 'uncertain'; why: string; found?: FoundCheckpoint }
  /** A person's force ended the wait. */
  | { kind: 'left-over'; why: string; found?: FoundCheckpoint; uncertain?: string };

export interface Stock {
  /** Jobs of the Deployment that the store has as not ended. */
  open: JobRecord[];
  /** Highest (sequence, attempt) ever stored, so that no id is used twice (reliability.md 2.1). */
  highestSequence: number;
  /** Savepoints whose rows say STARTED: somebody waits for them, or whoever did is lost. */
  savepoints: StockedSavepoint[];
  /** Why a job may run that is in no record, each as a sentence for people: the store is older than the world. */
  strangers: string[];
  /** Why such jobs could not be looked for at places that the Deployment is not known to use. */
  unseen?: string[];
}

export interface StockedSavepoint {
  record: SavepointRecord;
  /** Order of the Job it is of. */
  sequence: number;
  attempt: number;
  fate: SavepointFate;
}

/** What became of a savepoint. */
export type SavepointFate =
  | { kind: 'completed'; location: string; checkpointId: number }
  /** It is not there, and nothing that was asked for can bring it any more. */
  | { kind: 'impossible'; failure: StepFailure }
  /** Flink is at it, or nobody can say: unknown is not absent (S25). */
  | { kind: 'open'; why: string };

/** What the watcher came back with (temporal.md 8). */
export type WatchReport =
  | { kind: 'ended'; end: JobEnd }
  | { kind: 'degraded'; why: string }
  /** What became of a savepoint that was left open is known now. */
  | { kind: 'savepoint-decided' };

export const failureOf = (failure: StepFailure, now: number): Failure => ({
  ...failure,
  failedAt: now,
});
