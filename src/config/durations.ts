import { defaultTransitionSettings as durations } from '../core/settings.ts';
import { setting } from './setting.ts';
import { whole } from './values.ts';

/** Node's timers take no more, about 24 days: a longer one would be over at once, and again, and again (R35). */
const longestMs = 2_147_483_647;

const milliseconds = (defaultMs: number, description: string, min = 1) =>
  setting(
    whole(min, longestMs).prefault(String(defaultMs)),
    `whole number ${min} to ${longestMs}, milliseconds`,
    description,
  );

/** Durations and limits of transitions. */
export const durationSettings = {
  SLUICE_POLL_MS: milliseconds(durations.pollMs, 'Between two looks at a running job.'),
  SLUICE_STEP_POLL_MS: milliseconds(durations.stepPollMs, 'Between two looks while a step waits.'),
  SLUICE_START_TIMEOUT_MS: milliseconds(durations.startTimeoutMs, 'One attempt to start a job.'),
  SLUICE_STANDBY_ROOM_MS: milliseconds(
    durations.standbyRoomMs,
    'How long an upgrade waits for room beside the old cluster; where nodes come on demand, as long as one takes.',
  ),
  SLUICE_SAVEPOINT_TIMEOUT_MS: milliseconds(
    durations.savepointTimeoutMs,
    'One savepoint attempt; twice Flink’s checkpoint timeout, if that is longer.',
  ),
  SLUICE_CANCEL_GRACE_MS: milliseconds(
    durations.cancelGraceMs,
    'How long a cancel may take before the cluster is torn down around it.',
  ),
  SLUICE_ATTEMPT_BACKOFF_MS: milliseconds(
    durations.attemptBackoffMs,
    'Between two attempts, doubling. Savepoints fail until Flink sees that a TaskManager is gone, for up to twice its heartbeat.interval of 10 s: all attempts together should last longer.',
    0,
  ),
  SLUICE_ATTEMPT_BACKOFF_MAX_MS: milliseconds(durations.attemptBackoffMaxMs, 'Its maximum.', 0),
  SLUICE_RECOVERY_BACKOFF_MS: milliseconds(
    durations.recoveryBackoffMs,
    'Before a recovery of a job that keeps dying, doubling.',
    0,
  ),
  SLUICE_RECOVERY_BACKOFF_MAX_MS: milliseconds(durations.recoveryBackoffMaxMs, 'Its maximum.', 0),
  SLUICE_RECOVERY_RESET_MS: milliseconds(
    durations.recoveryResetMs,
    'A job that ran this long starts the recovery back-off afresh.',
  ),
  SLUICE_REPAIR_INTERVAL_MS: milliseconds(
    durations.repairIntervalMs,
    'At most one repair of a cluster within this.',
  ),
  SLUICE_OUTAGE_MS: milliseconds(durations.outageMs, 'How long a dependency may be away.'),
  SLUICE_FORCE_CANCEL_MS: milliseconds(durations.forceCancelMs, 'How long a forced cancel tries.'),
  SLUICE_CONDITION_FAILING_MS: milliseconds(
    durations.conditions.failingMs,
    'JobFailing after this.',
  ),
  SLUICE_CONDITION_UNREACHABLE_MS: milliseconds(
    durations.conditions.unreachableMs,
    'ClusterUnreachable after this.',
  ),
  SLUICE_CONDITION_UNSTABLE_RESTARTS: setting(
    whole(1).prefault(String(durations.conditions.unstableRestarts)),
    'whole number >= 1',
    'JobUnstable from this many restarts in the window on.',
  ),
  SLUICE_CONDITION_UNSTABLE_WINDOW_MS: milliseconds(
    durations.conditions.unstableWindowMs,
    'The window of JobUnstable.',
  ),
};
