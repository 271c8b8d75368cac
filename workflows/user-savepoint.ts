import { isCancellation } from '@temporalio/workflow';
import {
  handleOf,
  type UserSavepointInput,
  type UserSavepointOutcome,
} from '../src/core/deployment/steps.ts';
import { savepointLimitMs } from '../src/core/settings.ts';
import { beginAttempt, storyOf } from './attempt.ts';
import { stepFailureOf } from './failure.ts';
import { patient, quick } from './proxies.ts';

/** A savepoint a user asked for: one attempt, the job runs on, no limit is burnt (api.md 3.8). Only a cancel cuts it short. */
export async function userSavepoint(input: UserSavepointInput): Promise<UserSavepointOutcome> {
  const attempt = beginAttempt();
  const tell = storyOf(input);
  const call = { job: handleOf(input.job), savepointId: input.record.id };
  const { settings } = input;
  const { stepPollMs: pollMs } = settings;
  try {
    const { checkpointTimeoutMs } = await attempt.hard(() =>
      quick(settings).triggerSavepoint(call),
    );
    await tell(
      [
        ['SUCCESSFULLY_TRIGGERED_A_SAVEPOINT', `Savepoint ${input.record.id}`],
        ['AWAITING_FOR_A_SAVEPOINT_TO_COMPLETE', 'Waiting for Flink to complete it'],
      ],
      { jobId: input.job.record.id },
    );
    const timeoutMs = savepointLimitMs(settings, checkpointTimeoutMs);
    const done = await attempt.hard(() =>
      patient(settings, timeoutMs).awaitSavepoint({ ...call, timeoutMs, pollMs }),
    );
    return { kind: 'completed', ...done };
  } catch (error) {
    if (isCancellation(error) && !attempt.interrupted()) return { kind: 'interrupted' };
    const failure = attempt.interrupted()
      ? { reason: 'INTERRUPTED', message: 'overtaken by a cancel' }
      : stepFailureOf(error);
    return { kind: 'not-taken', failure };
  }
}
