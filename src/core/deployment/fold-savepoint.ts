import { putSavepoint, say } from './outbox.ts';
import { addRestorePoint } from './restore-points.ts';
import type { DeploymentState } from './state.ts';
import type { UserSavepointOutcome } from './steps.ts';

/** Puts what came of a savepoint that a user asked for into the state; that of a job that runs is a restore point. */
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
