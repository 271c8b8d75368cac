import { CancellationScope, isCancellation } from '@temporalio/workflow';
import type { PrepareOutcome, StartInput } from '../src/core/deployment/steps.ts';
import { backOff, beginAttempt, storyOf } from './attempt.ts';
import { attemptFailure, stepFailureOf } from './failure.ts';
import { bringUpCluster, bringUpStory, calledOff, clearAway, draftJob } from './job-attempt.ts';
import { patient } from './proxies.ts';

/**
 * Brings the next Job's cluster up and warms it while the old job still runs (start before stop). Run k makes Job
 * (sequence, k) in STANDBY; its failures count as attempts to create a Job, and leave the old job alone.
 */
export async function prepareCluster(input: StartInput): Promise<PrepareOutcome> {
  const attempt = beginAttempt(input.limit - input.firstAttempt + 1);
  const tell = storyOf(input);
  const job = draftJob(input, input.firstAttempt + attempt.run - 1, 'STANDBY');
  const { startTimeoutMs: timeoutMs } = input.settings;
  let begun = false;
  try {
    if (attempt.run > 1)
      await attempt.soft(() => backOff(input.settings, job.attempt, input.limit));
    begun = true;
    await tell(bringUpStory(job, input.limit), { job: job.record });
    await bringUpCluster(input, job, attempt, input.settings.standbyRoomMs);
    await attempt.soft(() =>
      patient(input.settings, timeoutMs).warmUp({
        cluster: job.handle.cluster,
        flinkVersion: job.rendered.cluster.flinkVersion,
        parallelism: job.rendered.run.parallelism,
        timeoutMs,
      }),
    );
    return { kind: 'ready', record: job.record, attempt: job.attempt };
  } catch (error) {
    return await CancellationScope.nonCancellable(() => giveUp(error));
  }

  async function giveUp(error: unknown): Promise<PrepareOutcome> {
    const cut = attempt.interrupted() || isCancellation(error);
    const failure = stepFailureOf(error);
    const idle = { mayHaveRun: false, isIdle: true };
    const { left } = begun ? await clearAway(input, attempt, job, idle) : {};
    if (left && (cut || attempt.interrupted())) return { kind: 'interrupted', left };
    if (left) return { kind: 'failed', failure, left };
    const noRoom = failure.reason === 'NO_ROOM_ON_TARGET';
    const ended = { ...job.record, terminatedAt: Date.now() };
    if (cut || noRoom) {
      const lines = cut ? [calledOff(job)] : [];
      if (begun) await tell(lines, { job: { ...ended, state: 'TERMINATED' } });
      return cut ? { kind: 'interrupted' } : { kind: 'no-room', message: failure.message };
    }
    const failed = {
      ...ended,
      state: 'FAILED' as const,
      failure: { ...failure, failedAt: Date.now() },
    };
    await tell([['FAILED_TO_CREATE_CLUSTER_FOR_JOB', failure.message]], { job: failed });
    throw attemptFailure(job.attempt, failure);
  }
}
