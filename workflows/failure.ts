import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  RetryState,
  TerminatedFailure,
  TimeoutFailure,
} from '@temporalio/common';
import type { HandMade, StepFailure } from '../src/core/deployment/steps.ts';
import { readHeartbeat } from '../src/core/deployment/waits.ts';

/** What no further attempt can cure (reliability.md 2.3, temporal.md 4). */
const finalReasons = [
  'ARTIFACT_REFUSED',
  'ARTIFACT_TOO_LARGE',
  'TARGET_NOT_FOUND',
  'UNKNOWN_FLINK_VERSION',
  'JDK_MISSING',
  'CONFIGURATION_NOT_EFFECTIVE',
  'RESTORE_MISMATCH',
  'RESTORE_POINT_GONE',
  'RESTORE_POINT_UNCERTAIN',
  'SAVEPOINT_NOT_CONFIGURED',
  'FENCED_OUT',
  'DEPENDENCY_UNAVAILABLE',
];

const attemptFailed = 'AttemptFailed';

/** The innermost outcome of a failed activity or child, for people: a stable reason and the root cause. */
export function stepFailureOf(error: unknown): StepFailure {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    // Tried again for as long as an outage may last; what the last try failed of is no outcome.
    if (at instanceof ActivityFailure && at.retryState === RetryState.TIMEOUT && isTransport(at))
      return outage(at.cause?.message);
    if (at instanceof ApplicationFailure && at.type === attemptFailed) return detailOf(at);
    if (at instanceof ApplicationFailure)
      return { reason: at.type ?? 'JOB_START_FAILED', message: at.message };
    if (at instanceof TimeoutFailure)
      return outage(readHeartbeat(at.lastHeartbeatDetails).stand?.what ?? at.cause?.message);
  }
  return { reason: 'JOB_START_FAILED', message: String(error) };
}

const isTransport = ({ cause }: ActivityFailure): boolean => cause instanceof ApplicationFailure;

/** @param waitedFor by its last heartbeat, else what its last try failed of. */
const outage = (waitedFor = 'nothing more is known'): StepFailure => ({
  reason: 'DEPENDENCY_UNAVAILABLE',
  message: `something Sluice depends on did not answer in time: ${waitedFor}`,
});

/** Whether a step ended by its own word; else (terminated by hand, timed out) nobody cleared away after it. */
export function endedByItself(error: unknown): boolean {
  for (let at: unknown = error; at instanceof Error; at = at.cause)
    if (at instanceof ApplicationFailure && at.type === attemptFailed) return true;
  return false;
}

/** What a person did in Temporal to a step's workflow, past its own code; `undefined`: it ended another way. */
export function endedByHand(error: unknown): HandMade | undefined {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if (at instanceof TerminatedFailure) return 'terminated';
    if (at instanceof CancelledFailure) return 'cancelled';
  }
  return undefined;
}

/** Ends an attempt; the retry policy of the child decides whether another follows (M30). */
export function attemptFailure(attempt: number, failure: StepFailure): ApplicationFailure {
  return ApplicationFailure.create({
    type: attemptFailed,
    message: `attempt ${attempt} failed: ${failure.message}`,
    nonRetryable: finalReasons.includes(failure.reason),
    details: [failure],
  });
}

function detailOf(failure: ApplicationFailure): StepFailure {
  const detail: unknown = failure.details?.[0];
  if (typeof detail === 'object' && detail !== null && 'reason' in detail && 'message' in detail)
    return { reason: String(detail.reason), message: String(detail.message) };
  return { reason: 'JOB_START_FAILED', message: failure.message };
}
