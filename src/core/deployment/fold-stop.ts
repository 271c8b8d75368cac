import type { JobRecord } from '../records.ts';
import { retireJob } from './apply-decision.ts';
import { noteDegraded } from './death.ts';
import { failStep, failUncertain } from './fail.ts';
import { noteDecided } from './fold-stock.ts';
import { putSavepoint, say, touch } from './outbox.ts';
import { sayJobWillEnd } from './plan.ts';
import { addRestorePoint, type FoundCheckpoint, registerFound } from './restore-points.ts';
import type { DeploymentState, JobEnd, LiveJob } from './state.ts';
import type { StopOutcome, StopSavepoint, StopWithSavepointOutcome, Uncertain } from './steps.ts';

/** Puts what came of ending a job into the state: outcomes of the domain only, nothing throws. */

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
export function foldStopped(
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

/** The savepoint that ended `job`, as one of its restore points; nothing, where it has no location. */
export function registerStop(
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
export function foldUncertain(state: DeploymentState, { end, why }: Uncertain, now: number): void {
  if (state.job) state.job.ended = end;
  failUncertain(state, now, why);
}
