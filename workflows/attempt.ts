import {
  CancellationScope,
  condition,
  defineSignal,
  getExternalWorkflowHandle,
  isCancellation,
  setCurrentDetails,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { StepProgress } from '../src/core/deployment/explain.ts';
import type { JobRecord, NewEvent, RecordBatch, SavepointRecord } from '../src/core/records.ts';
import { attemptPauseMs, type TransitionSettings } from '../src/core/settings.ts';
import type { EventName } from '../src/core/vocabulary.ts';
import { stepFailureOf } from './failure.ts';
import { store } from './proxies.ts';

/**
 * Asks a step to end. `hard`: at once, a cancel or force is wanted. Otherwise where it is safe: a stop that was sent is
 * seen through (L7). Re-sent until the child has ended, since one signal can fall between two runs (temporal.md 4).
 */
export const interrupt = defineSignal<[{ hard: boolean }]>('interrupt');
/** How far a step has come, for `explain`. */
export const stepProgress = defineSignal<[StepProgress]>('stepProgress');

/** One run of a step's child workflow: the scope of what may be cut short, and whether it was. */
export interface Attempt {
  /** Number of this run, from 1. */
  run: number;
  interrupted(): boolean;
  /** Runs what any interrupt may cut short. */
  soft<T>(work: () => Promise<T>): Promise<T>;
  /** Runs what only a hard interrupt may cut short, any other one after so long. @param ms absent: never. */
  hard<T>(work: () => Promise<T>, ms?: number): Promise<T>;
}

/**
 * Registers the interrupt first of all, so that none is missed, and says on the workflow's page in the Temporal Web UI
 * which attempt this is and why the last one failed (M35).
 */
export function beginAttempt(limit = 1): Attempt {
  const { attempt: run, lastFailure } = workflowInfo();
  const last = lastFailure ? `\n\nThe last one failed: ${stepFailureOf(lastFailure).message}` : '';
  setCurrentDetails(`Attempt ${run} of ${limit}.${last}`);
  const scopes = { soft: new Set<CancellationScope>(), hard: new Set<CancellationScope>() };
  const asked = { soft: false, hard: false };
  // A person may send it too, with anything: only `hard: true` is hard.
  setHandler(interrupt, (told: { hard?: unknown } | null | undefined) => {
    const hard = told?.hard === true;
    asked.soft = true;
    asked.hard ||= hard;
    for (const scope of scopes.soft) scope.cancel();
    if (hard) for (const scope of scopes.hard) scope.cancel();
  });
  const guarded = async <T>(kind: 'soft' | 'hard', work: () => Promise<T>): Promise<T> => {
    const scope = new CancellationScope();
    if (asked[kind]) scope.cancel();
    scopes[kind].add(scope);
    try {
      return await scope.run(work);
    } finally {
      scopes[kind].delete(scope);
    }
  };
  return {
    run,
    interrupted: () => asked.soft,
    soft: (work) => guarded('soft', work),
    hard: (work, ms) =>
      guarded('hard', () => (ms === undefined ? work() : unlessLate(() => asked.soft, ms, work))),
  };
}

/** Runs work that is cut short once it was asked to end and that much time, in ms, has passed since. */
async function unlessLate<T>(
  isAsked: () => boolean,
  ms: number,
  work: () => Promise<T>,
): Promise<T> {
  const [working, waiting] = [new CancellationScope(), new CancellationScope()];
  const late = waiting.run(async () => {
    await condition(isAsked);
    await sleep(ms);
    working.cancel();
  });
  late.catch((error: unknown) => {
    if (!isCancellation(error)) throw error;
  });
  try {
    return await working.run(work);
  } finally {
    waiting.cancel();
  }
}

/** Sleeps before a repeated attempt, in here where it can be interrupted, and lets `explain` know (reliability.md 2.3). */
export async function backOff(
  settings: TransitionSettings,
  attempt: number,
  limit: number,
): Promise<void> {
  const ms = attemptPauseMs(settings, attempt);
  const { parent, lastFailure } = workflowInfo();
  if (parent)
    await getExternalWorkflowHandle(parent.workflowId).signal(stepProgress, {
      attempt,
      limit,
      nextTryAt: Date.now() + ms,
      ...(lastFailure ? { lastError: stepFailureOf(lastFailure).message } : {}),
    });
  await sleep(ms);
}

type Rows = { job?: JobRecord; savepoint?: SavepointRecord };

const rowsOf = (
  input: { deploymentId: string; namespace: string; fence: number },
  rows: Rows,
): RecordBatch => ({
  deploymentId: input.deploymentId,
  namespace: input.namespace,
  fence: input.fence,
  at: Date.now(),
  events: [],
  ...(rows.job ? { jobs: [rows.job] } : {}),
  ...(rows.savepoint ? { savepoints: [rows.savepoint] } : {}),
});

/** Tells the story of a step into the event log and keeps its rows: written directly, the parent waits meanwhile. */
export function storyOf(input: {
  deploymentId: string;
  namespace: string;
  fence: number;
  step: number;
}) {
  let told = 0;
  const { attempt, runId } = workflowInfo();
  return async (
    lines: readonly (readonly [EventName, string])[],
    rows: Rows & { jobId?: string } = {},
  ): Promise<void> => {
    const jobId = rows.jobId ?? rows.job?.id ?? rows.savepoint?.jobId;
    const events: NewEvent[] = lines.map(([name, message]) => {
      told += 1;
      const key = `${input.fence}/step-${input.step}/${attempt}-${runId.slice(0, 8)}/${told}`;
      return { key, name, message, at: Date.now(), ...(jobId ? { jobId } : {}) };
    });
    await store.publish({ ...rowsOf(input, rows), events });
  };
}
