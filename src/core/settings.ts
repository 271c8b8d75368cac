/** Durations and limits of transitions, all in milliseconds. Inputs everywhere, so that tests wait in milliseconds. */
export interface TransitionSettings {
  /** Between two looks at a running job. */
  pollMs: number;
  /** Between two looks while a step waits for something that ends within seconds. */
  stepPollMs: number;
  /** One attempt to bring a cluster and its job up. */
  startTimeoutMs: number;
  /** How long a cluster that starts before the old job stops may wait for room; then the old cluster goes first. */
  standbyRoomMs: number;
  /** One savepoint attempt, at least: see {@link savepointLimitMs}. */
  savepointTimeoutMs: number;
  /** How long a cancel may take before the cluster is torn down around it (F40). */
  cancelGraceMs: number;
  /** Between two attempts of a step, doubling up to the maximum. */
  attemptBackoffMs: number;
  attemptBackoffMaxMs: number;
  /** Between a job's death and its recovery while it keeps dying, doubling up to the maximum (L4). */
  recoveryBackoffMs: number;
  recoveryBackoffMaxMs: number;
  /** A job that was RUNNING this long before it died starts the recovery back-off afresh. */
  recoveryResetMs: number;
  /** At most one repair of a cluster within this (reliability.md F33). */
  repairIntervalMs: number;
  /** How long a dependency may be away before an activity gives up (reliability.md 1.2). */
  outageMs: number;
  /** How long a forced cancel tries before it names the leftovers and gives up. */
  forceCancelMs: number;
  /** Thresholds of the conditions of api.md 2.1. */
  conditions: {
    failingMs: number;
    unreachableMs: number;
    unstableRestarts: number;
    unstableWindowMs: number;
  };
}

/** The defaults of `reliability.md` 1.2 and `api.md` 2.1. */
export const defaultTransitionSettings: TransitionSettings = {
  pollMs: 10_000,
  stepPollMs: 100,
  startTimeoutMs: 600_000,
  standbyRoomMs: 10_000,
  savepointTimeoutMs: 1_200_000,
  cancelGraceMs: 60_000,
  attemptBackoffMs: 5_000,
  attemptBackoffMaxMs: 60_000,
  recoveryBackoffMs: 10_000,
  recoveryBackoffMaxMs: 300_000,
  recoveryResetMs: 600_000,
  repairIntervalMs: 60_000,
  outageMs: 86_400_000,
  forceCancelMs: 30_000,
  conditions: {
    failingMs: 60_000,
    unreachableMs: 60_000,
    unstableRestarts: 3,
    unstableWindowMs: 600_000,
  },
};

/** As long as a JobManager remembers what became of a savepoint (reliability.md 3.1): later nobody could tell. */
const longestSavepointMs = 604_800_000;

/**
 * How long an attempt waits for a savepoint. Flink's own time-out ends one that is too slow, and says why: the wait is
 * there for a Flink that does not, so it is twice as long, if that is longer than the setting (F17).
 * @param checkpointTimeoutMs of the running job, by Flink's word; absent: it takes no checkpoints.
 */
export const savepointLimitMs = (
  { savepointTimeoutMs }: Pick<TransitionSettings, 'savepointTimeoutMs'>,
  checkpointTimeoutMs = 0,
): number => Math.max(savepointTimeoutMs, Math.min(2 * checkpointTimeoutMs, longestSavepointMs));

/**
 * How long to wait before a repeated attempt (reliability.md 2.3). All pauses together must outlast what heals by itself:
 * until Flink sees that a TaskManager is gone, it calls the job RUNNING and fails each savepoint (M20).
 * @param attempt the one that is about to begin, from 2.
 */
export const attemptPauseMs = (
  {
    attemptBackoffMs,
    attemptBackoffMaxMs,
  }: Pick<TransitionSettings, 'attemptBackoffMs' | 'attemptBackoffMaxMs'>,
  attempt: number,
): number => Math.min(attemptBackoffMs * 2 ** Math.min(attempt - 2, 20), attemptBackoffMaxMs);
