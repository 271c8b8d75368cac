import { durationMs } from '../document/index.ts';
import { announce } from './begin.ts';
import { say, touch } from './outbox.ts';
import { isOvertaken } from './overtaken.ts';
import type { DeploymentState, JobEnd, JobOrigin } from './state.ts';

/** More failures than these are not counted within `jobFailureExpirationTime`: a limit beyond it is none (0007). */
const keptFailures = 5_000;

/** Seen by the watcher or a step: the job ended, and wanting is not touched by seeing (S27). */
export function noteEnded(state: DeploymentState, end: JobEnd, now: number): void {
  const { job } = state;
  if (!job || job.ended) return;
  job.ended = end;
  touch(state);
  const recovers = state.document.spec.state === 'RUNNING' && end.state !== 'FINISHED';
  if (recovers && state.status.state === 'RUNNING') {
    newTransition(state);
    announce(state, now, 'recovery', `The job ended while RUNNING is wanted: ${end.why}`);
  }
}

/**
 * Counts a death of a job that should run (M32). Deaths in a row make the next start wait longer (L4); with
 * `jobFailureExpirationTime` too many within it end in FAILED (api.md 3.6).
 */
export function noteDeath(
  state: DeploymentState,
  job: { startedAt: number; end: JobEnd; origin: JobOrigin },
  now: number,
): void {
  const { recovery, settings } = state;
  const lasted = job.end.at - job.startedAt;
  recovery.deaths = lasted >= settings.recoveryResetMs ? 1 : recovery.deaths + 1;
  recovery.origin = job.origin;
  const started = state.transition.pin !== undefined || state.transition.kind !== 'recovery';
  if (started) newTransition(state);
  state.transition.kind = 'recovery';
  touch(state);
  const window = failureWindow(state);
  if (window === undefined) return;
  recovery.failedAt = [...recovery.failedAt, now]
    .filter((at) => at > now - window)
    .slice(-keptFailures);
  const limit = state.document.spec.maxJobCreationAttempts;
  if (recovery.failedAt.length < limit || isOvertaken(state)) return;
  state.transition.failure = {
    reason: 'JOB_START_FAILED',
    message: `the job failed ${recovery.failedAt.length} times within ${state.document.spec.jobFailureExpirationTime}, the last time: ${job.end.why}`,
    failedAt: now,
    eventName: 'TOO_MANY_FAILED_JOB_CREATION_ATTEMPTS',
  };
}

/** A new number: fresh attempt budgets and a fresh choice of the restore point (S6, S24). */
function newTransition(state: DeploymentState): void {
  const { number } = state.transition;
  state.transition = { number: number + 1, kind: 'recovery', standbyRefused: false };
}

/** A TaskManager is missing; seen by the watcher, mended by `repair-cluster` (F32). */
export function noteDegraded(state: DeploymentState, why: string, now: number): void {
  if (!state.job || state.job.ended) return;
  state.job.degraded = why;
  say(
    state,
    now,
    'GENERAL_FAILURE',
    `The cluster is not as it should be: ${why}`,
    state.job.record.id,
  );
}

function failureWindow(state: DeploymentState): number | undefined {
  const text = state.document.spec.jobFailureExpirationTime;
  return text === undefined ? undefined : durationMs(text);
}
