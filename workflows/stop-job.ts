import { isCancellation } from '@temporalio/workflow';
import { handleOf, type StopInput, type StopOutcome } from '../src/core/deployment/steps.ts';
import { beginAttempt } from './attempt.ts';
import { patient } from './proxies.ts';

/** Ends the job without a savepoint: a user's cancel or a STATELESS upgrade (M05, M16). Only force cuts it short. */
export async function stopJob(input: StopInput): Promise<StopOutcome> {
  const attempt = beginAttempt();
  const { settings } = input;
  try {
    const ended = await attempt.hard(() =>
      patient(settings, settings.cancelGraceMs).cancelJob({
        job: handleOf(input.job),
        graceMs: settings.cancelGraceMs,
        pollMs: settings.stepPollMs,
        onSilence: input.onSilence,
      }),
    );
    return { kind: 'stopped', ...ended };
  } catch (error) {
    if (attempt.interrupted() || isCancellation(error)) return { kind: 'interrupted' };
    throw error;
  }
}
