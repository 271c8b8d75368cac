import { CancellationScope, condition, isCancellation } from '@temporalio/workflow';
import type { AwaitStop, StopResult } from '../activities/contract.ts';
import type { FoundCheckpoint } from '../src/core/deployment/restore-points.ts';
import {
  handleOf,
  type StopWithSavepointInput,
  type StopWithSavepointOutcome,
  type StoryLine,
  type Uncertain,
} from '../src/core/deployment/steps.ts';
import { savepointIdOf } from '../src/core/ids.ts';
import type { SavepointRecord } from '../src/core/records.ts';
import { savepointLimitMs } from '../src/core/settings.ts';
import { backOff, beginAttempt, storyOf } from './attempt.ts';
import { attemptFailure, stepFailureOf } from './failure.ts';
import { handoverOf } from './job-attempt.ts';
import { patient, quick } from './proxies.ts';

/** A stop of small state is over sooner (flink.md 5): it is not held up by the story of its wait. */
const toldAfterMs = 1_000;

/** Earlier attempts that may still be under way in Flink: those before them ended long ago (0007). */
const maxEarlier = 20;

/**
 * Stops the job with a savepoint (Flink's atomic stop), for a suspend or a STATEFUL upgrade. The job is never ended any
 * other way here: a failed savepoint leaves it running (S2, S8), and a stop that was sent is seen through (L7).
 */
export async function takeSavepoint(
  input: StopWithSavepointInput,
): Promise<StopWithSavepointOutcome> {
  const attempt = beginAttempt(input.limit);
  const write = storyOf(input);
  const untold: StoryLine[] = [];
  const tell: typeof write = (lines, rows) => write([...untold.splice(0), ...lines], rows);
  const job = handleOf(input.job);
  const { settings } = input;
  const idOf = (run: number) => savepointIdOf(input.job.record.id, input.request, run);
  const known = Math.min(attempt.run - 1, maxEarlier);
  const earlier = Array.from({ length: known }, (_, i) => idOf(attempt.run - 1 - i));
  let savepoint = rowOf(input, idOf(attempt.run));
  let written = false;
  // What an earlier run of this step handed over was not heard of where that run then failed.
  const mayHaveBefore = attempt.run > 1 && input.next !== undefined;
  let handoverOpen = mayHaveBefore;
  const unheard = () => (handoverOpen ? { handoverOpen: true as const } : {});
  try {
    if (attempt.run > 1) await attempt.soft(() => backOff(settings, attempt.run, input.limit));
    await tell([['NEED_TO_TRIGGER_A_SAVEPOINT', `Attempt ${attempt.run} of ${input.limit}`]], {
      savepoint,
    });
    written = true;
    const call = {
      job,
      savepointId: savepoint.id,
      earlier,
      timeoutMs: settings.savepointTimeoutMs,
      pollMs: settings.stepPollMs,
    };
    const ready = await attempt.soft(() =>
      patient(settings, call.timeoutMs).awaitStoppable({ ...call, mayRepair: input.mayRepair }),
    );
    if (ready.end) return await endedBySelf(ready.end);
    if (ready.degraded) return await handBack(ready.degraded);
    if (attempt.interrupted()) throw new Error('interrupted before the stop was sent');
    const triggered = await attempt.hard(() => quick(settings).triggerStop(call));
    if (triggered.end) return await endedBySelf(triggered.end);
    if (triggered.savepointId !== savepoint.id) await joinEarlier(triggered.savepointId);
    const timeoutMs = savepointLimitMs(settings, ready.checkpointTimeoutMs);
    const result = await tellingIfLong(
      [
        ['SUCCESSFULLY_TRIGGERED_A_SAVEPOINT', `Savepoint ${savepoint.id}`],
        ['AWAITING_FOR_A_SAVEPOINT_TO_COMPLETE', 'Waiting for Flink to complete it'],
        ['AWAITING_SAVEPOINT_COMPLETION_TO_TRANSITION_TO_SUSPENDED', 'The job ends with it'],
      ],
      () => seeThrough({ ...call, timeoutMs, savepointId: savepoint.id }),
    );
    if (result.kind === 'ended') return await endedBySelf(result.end);
    return await CancellationScope.nonCancellable(() => complete(result));
  } catch (error) {
    return await CancellationScope.nonCancellable(() => giveUp(error));
  }

  /** Nothing is counted from here on until the next job runs: the store is written to only when that takes long. */
  async function tellingIfLong<T>(lines: StoryLine[], work: () => Promise<T>): Promise<T> {
    untold.push(...lines);
    let over = false;
    const told = condition(() => over, toldAfterMs).then(async (soon) => {
      if (!soon) await tell([], { savepoint });
    });
    try {
      return await work();
    } finally {
      over = true;
      await told; // what is told next must not come before it
    }
  }

  /** A predecessor's operation is still under way: it is awaited, this attempt's own id is never used (2.3). */
  async function joinEarlier(id: string): Promise<void> {
    await tell([], { savepoint: failed(savepoint, 'SAVEPOINT_FAILED', `joined savepoint ${id}`) });
    savepoint = rowOf(input, id);
  }

  /** The parent tells the rest of the story, which it stores before it acts on it: no write of our own within the gap. */
  async function complete(
    result: Exclude<StopResult, { kind: 'ended' }>,
  ): Promise<StopWithSavepointOutcome> {
    const done: SavepointRecord = { ...savepoint, state: 'COMPLETED', location: result.location };
    const end = result.kind === 'failed-stopping' ? await endJob(done) : { proven: result.proven };
    return {
      kind: 'stopped',
      ...unheard(),
      ...(result.handedOver ? { handedOver: result.handedOver } : {}),
      story: [
        ...untold,
        ['TRANSITIONED_TO_COMPLETED', `Savepoint ${done.id}: ${result.location}`],
        ['FOUND_A_COMPLETED_SAVEPOINT_READY_FOR_SUSPENSION', 'The state is safe'],
      ],
      savepoint: done,
      checkpointId: result.checkpointId,
      proven: end.proven,
      ...(end.found ? { found: end.found } : {}),
      ...(end.uncertain ? { uncertain: end.uncertain } : {}),
    };
  }

  /**
   * Where the next cluster is warm, the activity that sees the old job end hands over to it (mission 2). A newer wish
   * calls that off, and the stop is seen through without it (L7).
   */
  async function seeThrough(call: AwaitStop): Promise<StopResult> {
    const calls = patient(settings, call.timeoutMs);
    const next = input.next && handoverOf(input.next);
    if (next && !attempt.interrupted()) {
      handoverOpen = true;
      try {
        const result = await attempt.soft(() => calls.awaitStop({ ...call, next }));
        handoverOpen = mayHaveBefore || result.handoverOpen === true;
        return result;
      } catch (error) {
        if (!attempt.interrupted()) throw error;
      }
    }
    return attempt.hard(() => calls.awaitStop(call));
  }

  /**
   * The savepoint is good, but the job failed while it stopped and may restart from an older checkpoint (R02): it is ended
   * at once, and what it completed meanwhile is a restore point too.
   */
  async function endJob(
    done: SavepointRecord,
  ): Promise<{ proven: boolean; found?: FoundCheckpoint; uncertain?: Uncertain }> {
    await tell([], { savepoint: done });
    try {
      const { uncertain: why, ...ended } = await attempt.hard(() =>
        patient(settings, settings.cancelGraceMs).cancelJob({
          job,
          graceMs: settings.cancelGraceMs,
          pollMs: settings.stepPollMs,
          onSilence: 'wait',
        }),
      );
      return why === undefined ? ended : { ...ended, uncertain: { end: ended.end, why } };
    } catch (error) {
      if (isCancellation(error)) return { proven: false };
      throw error;
    }
  }

  async function handBack(why: string): Promise<StopWithSavepointOutcome> {
    await tell([], { savepoint: failed(savepoint, 'INTERRUPTED', `not asked for: ${why}`) });
    return { kind: 'degraded', why };
  }

  async function endedBySelf(
    end: Extract<StopResult, { kind: 'ended' }>['end'],
  ): Promise<StopWithSavepointOutcome> {
    await tell([], { savepoint: failed(savepoint, 'NO_ACTIVE_JOB', end.why) });
    return { kind: 'job-ended', end, ...unheard() };
  }

  async function giveUp(error: unknown): Promise<StopWithSavepointOutcome> {
    const failure = stepFailureOf(error);
    if (attempt.interrupted() || isCancellation(error)) {
      const why = attempt.interrupted() ? 'overtaken by a newer wish' : 'cancelled by hand';
      if (written)
        await tell([['RECOVERABLE_FAILURE_WHILE_TRIGGERING_A_SAVEPOINT', `Given up: ${why}`]], {
          savepoint: failed(savepoint, 'INTERRUPTED', why),
        });
      return { kind: 'interrupted', ...unheard() };
    }
    const last = attempt.run >= input.limit;
    const name = last
      ? 'AN_UN_RECOVERABLE_FAILURE_WHILE_TRIGGERING_A_SAVEPOINT'
      : 'RECOVERABLE_FAILURE_WHILE_TRIGGERING_A_SAVEPOINT';
    await tell([[name, `Attempt ${attempt.run} of ${input.limit}: ${failure.message}`]], {
      savepoint: failed(savepoint, failure.reason, failure.message),
    });
    throw attemptFailure(attempt.run, failure);
  }
}

const rowOf = (input: StopWithSavepointInput, id: string): SavepointRecord => ({
  id,
  deploymentId: input.deploymentId,
  namespace: input.namespace,
  jobId: input.job.record.id,
  specVersion: input.job.record.specVersion,
  origin: 'SUSPEND',
  forUpgrade: input.purpose === 'upgrade',
  flinkSavepointId: id,
  state: 'STARTED',
});

const failed = (row: SavepointRecord, reason: string, message: string): SavepointRecord => ({
  ...row,
  state: 'FAILED',
  failure: { reason, message, failedAt: Date.now() },
});
