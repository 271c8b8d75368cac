import type { JobRecord } from '../records.ts';
import { noteDeath } from './death.ts';
import { failStep } from './fail.ts';
import { lean } from './lean.ts';
import { putJob, say } from './outbox.ts';
import { type FoundCheckpoint, registerFound } from './restore-points.ts';
import type { DeploymentState } from './state.ts';
import type { LeftJob, PrepareOutcome, StartInput, StartOutcome, StepFailure } from './steps.ts';

/** Puts what came of a start, and of making it ready, into the state: outcomes of the domain only, nothing throws. */

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

const tooManyJobs = ({ reason }: StepFailure) =>
  reason === 'TARGET_NOT_FOUND'
    ? ('REFERENCED_DEPLOYMENT_TARGET_DOES_NOT_EXIST' as const)
    : ('TOO_MANY_FAILED_JOB_CREATION_ATTEMPTS' as const);
