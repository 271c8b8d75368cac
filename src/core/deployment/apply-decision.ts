import type { Next } from './decide.ts';
import { putSavepoint, say, setJobState } from './outbox.ts';
import type { ClosingJob, DeploymentState, StandbyJob } from './state.ts';
import { setRunning, setStatus } from './status.ts';

/** Decisions without effects: they only edit the state. */
export const isPure = (next: Next): boolean =>
  next.step === 'settle' ||
  next.step === 'fail' ||
  next.step === 'discard-standby' ||
  next.step === 'abandon-job';

/** Carries out a decision that needs nothing of the world. */
export function applyDecision(state: DeploymentState, next: Next, now: number): void {
  if (next.step === 'settle') settle(state, next, now);
  if (next.step === 'fail')
    state.transition.failure = {
      reason: next.code,
      message: next.reason,
      failedAt: now,
      eventName: next.eventName,
    };
  if (next.step === 'discard-standby') discardStandby(state, now, next.reason);
  if (next.step === 'abandon-job')
    retireJob(state, now, { endsAs: 'TERMINATED', why: next.reason, proven: false });
}

function settle(
  state: DeploymentState,
  next: Extract<Next, { step: 'settle' }>,
  now: number,
): void {
  if (next.status === 'FAILED') return settleFailed(state, now);
  if (next.status === 'RUNNING' && state.job) setRunning(state, now, state.job.record.id);
  else setStatus(state, now, { state: next.status });
  if (next.status !== 'RUNNING') state.recovery = { deaths: 0, failedAt: [] };
  state.force = false;
  state.transition.kind = 'none';
  say(state, now, 'STATE_TRANSITION_IS_COMPLETED', `${next.status}: ${next.reason}`);
}

/** FAILED carries the root cause for people; it is said once what the failed attempts left is cleaned up (S7). */
function settleFailed(state: DeploymentState, now: number): void {
  const failure = state.transition.failure;
  if (!failure) return;
  const { eventName, ...shown } = failure;
  setStatus(state, now, { state: 'FAILED', failure: shown });
  say(state, now, eventName, failure.message, state.job?.record.id);
}

/** Its job may have been submitted: its start was stored, or the stop of the old job may hand over to it. */
export const mayRun = ({ record, offered }: StandbyJob): boolean =>
  offered === true || record.state !== 'STANDBY';

/**
 * The prepared cluster goes. Once its start was stored it may have got its job, whatever became of the step: then it goes
 * like a cluster whose job nobody saw end (S2, S3).
 */
export function discardStandby(state: DeploymentState, now: number, reason: string): void {
  const { standby } = state;
  if (!standby) return;
  delete state.standby;
  const mayHaveRun = mayRun(standby);
  const why = `the prepared cluster is not needed: ${reason}`;
  say(state, now, 'FOUND_A_JOB_TO_TERMINATE', why, standby.record.id);
  state.closing.push({
    record: standby.record,
    endsAs: 'TERMINATED',
    why,
    proven: !mayHaveRun,
    ...(mayHaveRun ? { mayHaveRun } : {}),
  });
}

/** The job is over or given up: its cluster is to go, and what users still asked of it cannot be had any more. */
export function retireJob(
  state: DeploymentState,
  now: number,
  as: Pick<ClosingJob, 'endsAs' | 'why' | 'proven'>,
): void {
  const { job } = state;
  if (!job) return;
  setJobState(state, job, 'TERMINATING');
  delete state.job;
  // Nobody read its newest checkpoint after its end: it is looked for before the cluster goes, and stays a restore
  // point, whether a person forced the cancel or Flink was silent for longer than the grace (M05, 2.2 rule 10).
  const unread = as.proven ? {} : { mayHaveRun: true };
  const accepted = job.lossAccepted ? { lossAccepted: job.lossAccepted } : {};
  state.closing.push({ record: job.record, ...as, ...unread, ...accepted });
  for (const { record } of state.requestedSavepoints) {
    const message = `the job ended before the savepoint was taken: ${as.why}`;
    putSavepoint(state, {
      ...record,
      state: 'FAILED',
      failure: { reason: 'NO_ACTIVE_JOB', message, failedAt: now },
    });
    say(state, now, 'AN_UNRECOVERABLE_FAILURE_WHILE_TAKING_A_SAVEPOINT', message, job.record.id);
  }
  state.requestedSavepoints = [];
}
