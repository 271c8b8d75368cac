import type { ConditionRecord, JobObservationRecord } from '../../src/core/records.ts';
import { timestamp } from './timestamps.ts';

/** A condition on the wire (api.md 2.1). */
export interface ConditionView {
  type: ConditionRecord['type'];
  status: ConditionRecord['status'];
  message: string;
  reason: string;
  lastTransitionTime: string;
  lastUpdateTime: string;
}

const healthy: readonly Pick<ConditionRecord, 'type' | 'message' | 'reason'>[] = [
  { type: 'JobFailing', message: 'Flink reports the job as RUNNING.', reason: 'JobRunning' },
  { type: 'JobUnstable', message: 'No restarts seen.', reason: 'NoRestarts' },
  {
    type: 'ClusterUnreachable',
    message: "Flink's REST endpoint answers.",
    reason: 'ClusterReachable',
  },
];

/** What is known about a RUNNING job, and when. */
export interface ConditionInput {
  observation: JobObservationRecord | undefined;
  /** Epoch ms at which RUNNING was entered: Flink was read for it then (reliability.md 1.3). */
  runningSince: number;
  now: number;
  /** Age in ms beyond which an observation says nothing any more. */
  staleMs: number;
}

/**
 * All three conditions, always, with an explicit "False" (api.md 2.1). Nobody having looked is not health (S25): once the
 * newest look is older than `staleMs`, all three are "Unknown", whatever it said.
 */
export function conditions(input: ConditionInput): ConditionView[] {
  const seenAt = Math.max(input.observation?.seenAt ?? 0, input.runningSince);
  const stale = input.now - seenAt > input.staleMs;
  return healthy.map(({ type, message, reason }) => {
    if (stale) return unknown(type, seenAt + input.staleMs);
    const seen = input.observation?.conditions.find((condition) => condition.type === type);
    const at = input.runningSince;
    return view(
      seen ?? {
        type,
        status: 'False',
        message,
        reason,
        lastTransitionTime: at,
        lastUpdateTime: at,
      },
    );
  });
}

const unknown = (type: ConditionRecord['type'], since: number): ConditionView =>
  view({
    type,
    status: 'Unknown',
    message: 'Nobody has looked at the job for a while; check that a worker runs.',
    reason: 'NotObserved',
    lastTransitionTime: since,
    lastUpdateTime: since,
  });

const view = (condition: ConditionRecord): ConditionView => ({
  type: condition.type,
  status: condition.status,
  message: condition.message,
  reason: condition.reason,
  lastTransitionTime: timestamp(condition.lastTransitionTime),
  lastUpdateTime: timestamp(condition.lastUpdateTime),
});
