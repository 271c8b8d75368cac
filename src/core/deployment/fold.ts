import type { JobRecord } from '../records.ts';
import { retireJob } from './apply-decision.ts';
import { noteDeath, noteDegraded } from './death.ts';
import { failStep, failUncertain } from './fail.ts';
import { noteDecided } from './fold-stock.ts';
import { lean } from './lean.ts';
import { putJob, putSavepoint, say, touch } from './outbox.ts';
import { sayJobWillEnd } from './plan.ts';
import { addRestorePoint, type FoundCheckpoint, registerFound } from './restore-points.ts';
import type { DeploymentState, JobEnd, LiveJob } from './state.ts';
import { setStatus } from './status.ts';
import type {
  LeftJob,
  PrepareOutcome,
  RecordEndOutcome,
  StartInput,
  StartOutcome,
  StepFailure,
  StopOutcome,
  StopSavepoint,
  StopWithSavepointOutcome,
  Uncertain,
  UserSavepointOutcome,
} from './steps.ts';

/** Puts what a step found or did into the state. Outcomes of the domain only: nothing here throws, nothing waits. */

export function foldPreparation(
  state: DeploymentState,
  input: StartInput,
  outcome: PrepareOutcome,
  now: number,
): void {
  if (outcome.kind === 'ready')
    state.standby = {
      ...input.origin,
      record: lean(outcome.record),
      attempt: outcome.attempt,
    };
  if (outcome.kind === 'no-room') {
    state.transition.standbyRefused = true;
    say(
      state,
      now,
      'RESOURCE_QUOTA_EXCEEDED',
      `No room for the next cluster beside the old one, so the old one goes first: ${outcome.message}`,
    );
  }
  // Where the old job has died meanwhile, its recovery has attempts of its own (L4).
  if (outcome.kind === 'failed' && !state.job?.ended)
    failStep(state, now, outcome.failure, tooManyJobs(outcome.failure));
  if ('left' in outcome) noteLeft(state, outcome.left);
}

/**
 * What it began goes like everything else, and is named if it cannot; nothing starts before its end is proven (S1), which
 * is of a job: where none was submitted there is none.
 */
function noteLeft(state: DeploymentState, left: LeftJob | undefined): void {
  if (!left) return;
  const { mayHaveRun, isIdle: proven = false } = left;
  const record = lean(left.record);
  const why = 'its start was given up';
  state.closing.push({ record, endsAs: 'TERMINATED', why, proven, mayHaveRun });
}

export function foldStart(
  state: DeploymentState,
  input: StartInput,
  outcome: StartOutcome,
  now: number,
): void {
  if ('left' in outcome) noteLeft(state, outcome.left);
  if (outcome.kind === 'failed') {
    delete state.standby;
    return failStep(state, now, outcome.failure, tooManyJobs(outcome.failure));
  }
  delete state.standby;
  if (outcome.kind === 'interrupted') {
    if (outcome.record && outcome.found) noteHasRun(state, outcome.record, outcome.found);
    return;
  }
  state.everRan = true;
  if (outcome.kind === 'has-run') {
    registerFound(state, outcome.record, outcome.found);
    if (state.document.spec.state === 'RUNNING')
      noteDeath(state, { startedAt: outcome.end.at, end: outcome.end, origin: input.origin }, now);
    return;
  }
  foldStarted(state, input, outcome, now);
}

/** What it did is not done again: the restore point is chosen anew (reliability.md 2.4). */
export function noteHasRun(state: DeploymentState, job: JobRecord, found: FoundCheckpoint): void {
  registerFound(state, job, found);
  state.everRan = true;
  delete state.transition.pin;
}

function foldStarted(
  state: DeploymentState,
  input: StartInput,
  outcome: Extract<StartOutcome, { kind: 'started' }>,
  now: number,
): void {
  const record = lean(outcome.record);
  state.job = {
    ...input.origin,
    record,
    startedAt: outcome.at,
    ...(outcome.restoredFrom ? { restoredFrom: outcome.restoredFrom } : {}),
  };
  // Who was recovered as it had been is that no more: what comes next is made from the document (F54).
  delete state.recovery.origin;
  putJob(state, record);
  // From nothing, as told: what earlier jobs left unread is no longer what this Deployment lives on.
  delete state.unread;
  const from = outcome.restoredFrom
    ? `restored from ${outcome.restoredFrom}`
    : 'started from nothing';
  const jobId = record.id;
  say(state, now, 'JOB_SUCCESSFULLY_STARTED', `The job runs, ${from}`, jobId);
  for (const note of outcome.notes) say(state, now, 'GENERAL_FAILURE', note, jobId);
  if (outcome.finished)
    state.job.ended = { state: 'FINISHED', why: 'Flink says FINISHED', at: outcome.at };
}

export function foldStopWithSavepoint(
  state: DeploymentState,
  outcome: StopWithSavepointOutcome,
  now: number,
): void {
  foldHandover(state, outcome);
  if (outcome.kind === 'stopped') {
    const { jobId } = outcome.savepoint;
    for (const [name, message] of outcome.story) say(state, now, name, message, jobId);
    return foldStopped(state, outcome, now);
  }
  if (outcome.kind === 'job-ended' && state.job) noteSelfEnded(state, state.job, outcome.end);
  if (outcome.kind === 'degraded') {
    state.transition.repairs = (state.transition.repairs ?? 0) + 1;
    noteDegraded(state, outcome.why, now);
  }
  if (outcome.kind === 'failed')
    failStep(state, now, outcome.failure, 'TOO_MANY_FAILED_SUSPENSION_ATTEMPTS');
}

/** It ended before a step could end it: `record-end` says what follows. */
function noteSelfEnded(state: DeploymentState, job: LiveJob, end: JobEnd): void {
  job.ended = end;
  touch(state);
}

/**
 * What the step submitted from is what the start on this standby goes on with (S24), and nobody else: whoever overtakes it
 * starts from what its job left (S3). A step that was lost, or that failed by its last word only, may have submitted (S1).
 */
function foldHandover(state: DeploymentState, outcome: StopWithSavepointOutcome): void {
  if (!state.standby) return;
  const { kind, handoverOpen } = outcome;
  const isOpen = handoverOpen === true || kind === 'failed' || state.mustTakeStock;
  if (kind === 'stopped' && outcome.handedOver) state.standby.pin = outcome.handedOver;
  else if (!isOpen) delete state.standby.offered;
}

/**
 * The savepoint is complete and the job has ended with it: the newest restore point of that job, unless the job failed
 * while it stopped and went on for a moment (2.2 rule 8). Where only its JobManager is gone, its tasks may still run.
 */
function foldStopped(
  state: DeploymentState,
  stopped: StopSavepoint & { proven: boolean; found?: FoundCheckpoint; uncertain?: Uncertain },
  now: number,
): void {
  const { found, proven, uncertain } = stopped;
  const { job } = state;
  if (!job) return;
  if (!job.lossAccepted) registerStop(state, job.record, stopped);
  if (found) registerFound(state, job.record, found);
  if (uncertain) return foldUncertain(state, uncertain, now);
  sayJobWillEnd(state, now, job.record.id, state.document.spec.state === 'RUNNING');
  retireJob(state, now, { endsAs: 'TERMINATED', why: 'stopped with a savepoint', proven });
}

function registerStop(
  state: DeploymentState,
  job: JobRecord,
  { savepoint, checkpointId }: StopSavepoint,
): void {
  if (!savepoint.location) return;
  addRestorePoint(state, {
    id: savepoint.id,
    path: savepoint.location,
    origin: savepoint.origin,
    rank: [job.sequence, job.attempt, checkpointId, 0],
    jobId: job.id,
  });
  putSavepoint(state, savepoint);
  noteDecided(state, savepoint.id);
}

/** The job stays as it is, its end unrecorded: it is asked again at every new wish. */
function foldUncertain(state: DeploymentState, { end, why }: Uncertain, now: number): void {
  if (state.job) state.job.ended = end;
  failUncertain(state, now, why);
}

export function foldUserSavepoint(
  state: DeploymentState,
  outcome: UserSavepointOutcome,
  now: number,
): void {
  const [first, ...rest] = state.requestedSavepoints;
  if (!first || outcome.kind === 'interrupted') return;
  state.requestedSavepoints = rest;
  const { record } = first;
  const job = state.job?.record;
  if (outcome.kind === 'not-taken') {
    putSavepoint(state, {
      ...record,
      state: 'FAILED',
      failure: { ...outcome.failure, failedAt: now },
    });
    say(
      state,
      now,
      'AN_UNRECOVERABLE_FAILURE_WHILE_TAKING_A_SAVEPOINT',
      `Savepoint ${record.id} failed: ${outcome.failure.message}`,
      record.jobId,
    );
    return;
  }
  putSavepoint(state, { ...record, state: 'COMPLETED', location: outcome.location });
  say(
    state,
    now,
    'TRANSITIONED_TO_COMPLETED',
    `Savepoint ${record.id}: ${outcome.location}`,
    record.jobId,
  );
  if (!job || job.id !== record.jobId) return;
  addRestorePoint(state, {
    id: record.id,
    path: outcome.location,
    origin: 'USER_REQUEST',
    rank: [job.sequence, job.attempt, outcome.checkpointId, state.counters.savepoint],
    jobId: job.id,
  });
}

export function foldStop(state: DeploymentState, outcome: StopOutcome, now: number): void {
  if (outcome.kind === 'interrupted' || !state.job) return;
  const { end, found, uncertain } = outcome;
  // A bounded job that came to its end while its successor was made ready: it is not run again (M13, S15).
  if (end.state === 'FINISHED' && state.document.spec.state !== 'CANCELLED')
    return noteSelfEnded(state, state.job, end);
  if (found) registerFound(state, state.job.record, found);
  if (uncertain !== undefined) return foldUncertain(state, { end, why: uncertain }, now);
  retireJob(state, now, {
    endsAs: 'TERMINATED',
    why: `stopped: ${outcome.end.why}`,
    proven: outcome.proven,
  });
}

/** A job that ended without our doing: its restore points are kept, then the desired state says what follows. */
export function foldRecordEnd(
  state: DeploymentState,
  outcome: RecordEndOutcome,
  now: number,
): void {
  const { job } = state;
  if (!job) return;
  const last = outcome.stops.at(-1);
  if (!job.lossAccepted) {
    for (const stop of outcome.stops) registerStop(state, job.record, stop);
    if (outcome.found) registerFound(state, job.record, outcome.found);
  }
  if (outcome.kind === 'uncertain') return foldUncertain(state, outcome, now);
  if (outcome.kind === 'stopped') {
    if (last) foldStopped(state, { ...last, proven: job.ended?.state !== 'GONE' }, now);
    return;
  }
  const { end } = outcome;
  // Not read: nothing starts before what it left was looked for, as its cluster goes.
  const isRead = outcome.kind !== 'unread';
  const jobId = job.record.id;
  const wanted = state.document.spec.state;
  if (end.state === 'FINISHED') {
    say(state, now, 'JOB_SUCCESSFULLY_FINISHED', 'Flink says that the job finished', jobId);
    retireJob(state, now, { endsAs: 'FINISHED', why: 'the job finished', proven: isRead });
    if (wanted === 'CANCELLED') return;
    setStatus(state, now, { state: 'FINISHED' });
    say(state, now, 'TRANSITIONED_TO_FINISHED_STATE', 'The Deployment is FINISHED', jobId);
    return;
  }
  say(
    state,
    now,
    'FOUND_A_STOPPED_JOB_AND_WILL_TERMINATE_IT',
    `The job is gone: ${end.why}`,
    jobId,
  );
  const { startedAt, spec, annotations } = job;
  const origin = { spec, ...(annotations ? { annotations } : {}) };
  const proven = isRead && end.state !== 'GONE';
  retireJob(state, now, { endsAs: 'FAILED', why: end.why, proven });
  if (wanted === 'RUNNING') noteDeath(state, { startedAt, end, origin }, now);
}

const tooManyJobs = ({ reason }: StepFailure) =>
  reason === 'TARGET_NOT_FOUND'
    ? ('REFERENCED_DEPLOYMENT_TARGET_DOES_NOT_EXIST' as const)
    : ('TOO_MANY_FAILED_JOB_CREATION_ATTEMPTS' as const);
