import type { ConditionRecord, JobObservationRecord } from './records.ts';

/** What is known of a running job, and when. */
export interface Known {
  /** What a watcher saw last. */
  observation: Pick<JobObservationRecord, 'seenAt' | 'conditions'> | undefined;
  /** Epoch ms at which RUNNING was entered: Flink was read for it then (reliability.md 1.3). */
  runningSince: number;
  now: number;
  /** Age in ms beyond which a look says nothing any more. */
  staleMs: number;
}

/** A watcher writes every few looks; one that missed a dozen is gone. @param pollMs between two looks. */
export const staleAfterMs = (pollMs: number): number => Math.max(30_000, pollMs * 12);

/**
 * The three conditions as they are told at a moment, always all of them with an explicit status (api.md 2.1). Nobody
 * having looked is not health (S25): once the newest look is too old, all are "Unknown", whatever it said. The next look
 * goes on from what was told, so that `lastTransitionTime` moves with each change that a client could see, and only then.
 */
export function toldConditions({
  observation,
  runningSince,
  now,
  staleMs,
}: Known): ConditionRecord[] {
  const staleAt = Math.max(observation?.seenAt ?? 0, runningSince) + staleMs;
  if (now > staleAt) return healthy.map(({ type }) => at(staleAt, { type, ...notObserved }));
  return healthy.map(
    (one) =>
      observation?.conditions.find(({ type }) => type === one.type) ??
      at(runningSince, { ...one, status: 'False' }),
  );
}

const at = (
  time: number,
  told: Omit<ConditionRecord, 'lastTransitionTime' | 'lastUpdateTime'>,
): ConditionRecord => ({ ...told, lastTransitionTime: time, lastUpdateTime: time });

const notObserved = {
  status: 'Unknown',
  message: 'Nobody has looked at the job for a while; check that a worker runs.',
  reason: 'NotObserved',
} as const;

const healthy: readonly Pick<ConditionRecord, 'type' | 'message' | 'reason'>[] = [
  { type: 'JobFailing', message: 'Flink reports the job as RUNNING.', reason: 'JobRunning' },
  { type: 'JobUnstable', message: 'No restarts seen.', reason: 'NoRestarts' },
  {
    type: 'ClusterUnreachable',
    message: "Flink's REST endpoint answers.",
    reason: 'ClusterReachable',
  },
];
