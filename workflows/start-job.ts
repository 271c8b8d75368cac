import { CancellationScope, isCancellation, sleep } from '@temporalio/workflow';
import type { JobStarted } from '../activities/contract.ts';
import type { Pin } from '../src/core/deployment/state.ts';
import type { StartInput, StartOutcome } from '../src/core/deployment/steps.ts';
import { type Attempt, backOff, beginAttempt, storyOf } from './attempt.ts';
import { attemptFailure, stepFailureOf } from './failure.ts';
import {
  bringUpCluster,
  bringUpStory,
  calledOff,
  clearAway,
  draftJob,
  draftOnStandby,
  type JobAttempt,
  submissionOf,
} from './job-attempt.ts';
import { patient, quick } from './proxies.ts';

/**
 * Brings a Job to RUNNING. Run r makes Job (sequence, firstAttempt + r - 1), on a cluster of its own; the first one uses
 * the warm standby, where there is one. Every attempt passes the same pinned restore point (S24).
 */
export async function startJob(input: StartInput): Promise<StartOutcome> {
  const attempt = beginAttempt(input.limit - input.firstAttempt + 1);
  const tell = storyOf(input);
  const pin: Pin = input.pin ?? { reason: 'no restore point', allowNonRestoredState: false };
  const job = draft(input, attempt, pin);
  const onStandby = input.standby !== undefined && attempt.run === 1;
  // The stop of the old job may have handed over to it: cut short before its first step, it may run all the same (S1, S3).
  const handedOver = onStandby && input.standby?.mayRun === true;
  const progress = { begun: onStandby, clusterIsUp: onStandby, submitted: handedOver };
  try {
    if (attempt.run > 1)
      await attempt.soft(() => backOff(input.settings, job.attempt, input.limit));
    else if (input.delayMs > 0) await attempt.soft(() => sleep(input.delayMs));
    progress.begun = true;
    if (!onStandby) {
      await tell(bringUpStory(job, input.limit), { job: job.record });
      await bringUpCluster(input, job, attempt);
      progress.clusterIsUp = true;
      await tell([['AWAITING_A_JOB_TO_START', pin.reason]], { job: job.record });
    }
    if (attempt.interrupted()) throw new Error('interrupted before the submit');
    progress.submitted = true;
    const started = await attempt.soft(() => submitAndAwait(input, job, pin, tell));
    return {
      kind: 'started',
      record: {
        ...job.record,
        state: 'STARTED',
        startedAt: Date.now(),
      },
      attempt: job.attempt,
      finished: started.finished,
      notes: started.notes,
      at: Date.now(),
      ...(started.restoredFrom ? { restoredFrom: started.restoredFrom } : {}),
    };
  } catch (error) {
    return await CancellationScope.nonCancellable(() => giveUp(error));
  }

  async function giveUp(error: unknown): Promise<StartOutcome> {
    const cut = attempt.interrupted() || isCancellation(error);
    if (!progress.begun) return { kind: 'interrupted' };
    const failure = stepFailureOf(error);
    // State that does not come from the pinned restore point is not this Deployment's: it must never be restored (S24).
    const mayHaveRun = progress.submitted && failure.reason !== 'RESTORE_MISMATCH';
    const isIdle = !progress.submitted;
    const { found, left } = await clearAway(input, attempt, job, { mayHaveRun, isIdle });
    const at = Date.now();
    if (left && (cut || attempt.interrupted())) return { kind: 'interrupted', left };
    if (left) return { kind: 'failed', failure, left };
    if (cut) {
      const record = { ...job.record, state: 'TERMINATED' as const, terminatedAt: at };
      await tell([calledOff(job)], { job: record });
      return { kind: 'interrupted', record, ...(found ? { found } : {}) };
    }
    const record = {
      ...job.record,
      state: 'FAILED' as const,
      terminatedAt: at,
      failure: { ...failure, failedAt: at },
    };
    const name = progress.clusterIsUp
      ? 'FAILED_CREATING_A_NEW_JOB'
      : 'FAILED_TO_CREATE_CLUSTER_FOR_JOB';
    await tell([[name, failure.message]], { job: record });
    // It completed a checkpoint of its own before it died: it has run, and what it did is not done again (2.4).
    if (found && !found.isSavepoint)
      return { kind: 'has-run', record, end: { state: 'FAILED', why: failure.message, at }, found };
    throw attemptFailure(job.attempt, failure);
  }
}

function draft(input: StartInput, { run }: Attempt, pin: Pin): JobAttempt {
  if (input.standby && run === 1) return draftOnStandby(input, input.standby, pin);
  return draftJob(input, input.firstAttempt + run - 1, 'STARTING');
}

/**
 * A TaskManager that dies meanwhile is mended, as often as there are attempts: its job waits for it, and nobody watches
 * a start but this (F32). After that the attempt has failed.
 */
async function submitAndAwait(
  input: StartInput,
  job: JobAttempt,
  pin: Pin,
  tell: ReturnType<typeof storyOf>,
): Promise<JobStarted> {
  const { startTimeoutMs: timeoutMs, stepPollMs: pollMs } = input.settings;
  const calls = patient(input.settings, timeoutMs);
  await calls.submitJob({ ...submissionOf(job, pin), timeoutMs, pollMs });
  const { cluster, run } = job.rendered;
  const { parallelism } = run;
  for (let repairs = 0, leftMs = timeoutMs; ; repairs += 1) {
    const mayRepair = repairs < input.limit;
    const call = { job: job.handle, pin, parallelism, mayRepair, timeoutMs: leftMs, pollMs };
    const seen = await calls.awaitJob(call);
    if (!('degraded' in seen)) return seen;
    leftMs -= seen.spentMs;
    const story = `The cluster is not as it should be: ${seen.degraded}`;
    await tell([['GENERAL_FAILURE', story]], { jobId: job.record.id });
    await quick(input.settings).repairCluster({ cluster });
  }
}
