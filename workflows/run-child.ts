import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  ChildWorkflowFailure,
  condition,
  getExternalWorkflowHandle,
  startChild,
  type Workflow,
  workflowInfo,
} from '@temporalio/workflow';
import type { DeploymentState } from '../src/core/deployment/state.ts';
import type { HandMade, StepFailure } from '../src/core/deployment/steps.ts';
import { interrupt } from './attempt.ts';
import { endedByHand, endedByItself, stepFailureOf } from './failure.ts';

/** How urgently a step under way should end; `undefined`: it may go on. */
export type Urgency = 'soft' | 'hard' | undefined;

/** How long a step waits for a namesake to end, and the longest pause between two tries. */
const namesake = { waitMs: 300_000, pauseMs: 10_000 };

/**
 * Between two interrupts of one step. Some are sent soon, as one may fall between two runs of its workflow; but it may see
 * its work through for a day, and each costs both histories some events.
 */
const nag = { firstMs: 500, often: 30, mostMs: 30_000 };

export interface Step {
  name: string;
  summary: string;
  attempts: number;
  /** A person ended its workflow in Temporal; it counts as interrupted, and nobody may have cleared away after it. */
  endedByHand(how: HandMade): void;
}

/**
 * Runs a step as a child workflow. Its retry policy is the user's attempt limit (M30); back-off and clean-up are its own.
 * A newer wish reaches it as a signal, sent again until it has ended: a cancellation would be lost once it has retried.
 */
export async function runChild<W extends Workflow, Outcome extends { kind: string }>(
  state: DeploymentState,
  workflow: W,
  step: Step & { args: Parameters<W> },
  urgency: () => Urgency,
): Promise<Outcome | { kind: 'interrupted' } | { kind: 'failed'; failure: StepFailure }> {
  const workflowId = `${workflowInfo().workflowId}/${step.name}`;
  if (state.inFlight) state.inFlight.workflowId = workflowId;
  const options = {
    workflowId,
    args: step.args,
    staticSummary: step.summary,
    retry: { maximumAttempts: step.attempts, initialInterval: '1ms', backoffCoefficient: 1 },
  } as const;
  let settled = false;
  let interrupted = false;
  const nagging = interruptUntilSettled(
    workflowId,
    urgency,
    () => settled,
    () => {
      interrupted = true;
    },
  );
  try {
    const child = await startWhenFree(() => startChild<Workflow>(workflow, options), urgency);
    const outcome: Outcome = await child.result();
    if (outcome.kind === 'interrupted' && !interrupted) step.endedByHand('cancelled');
    return outcome;
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return blocked(state, workflowId);
    if (!(error instanceof ChildWorkflowFailure)) throw error;
    // What it had begun may still be there, even a running job: that is looked for before anything else starts (S1).
    if (!endedByItself(error)) state.mustTakeStock = true;
    const how = endedByHand(error);
    if (how) step.endedByHand(how);
    if (how) return { kind: 'interrupted' };
    return { kind: 'failed', failure: stepFailureOf(error) };
  } finally {
    settled = true;
    await nagging;
  }
}

/**
 * A lost predecessor's child of the same name may still be open: Temporal ends it soon after its parent, but not with it.
 * @throws {WorkflowExecutionAlreadyStartedError} it did not end in time, or nobody wants the step any more.
 */
async function startWhenFree<T>(start: () => Promise<T>, urgency: () => Urgency): Promise<T> {
  const since = Date.now();
  for (let pauseMs = 500; ; pauseMs = Math.min(2 * pauseMs, namesake.pauseMs)) {
    try {
      return await start();
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      const late = Date.now() - since >= namesake.waitMs;
      if (late || (await condition(() => urgency() !== undefined, pauseMs))) throw error;
    }
  }
}

/** What the namesake has begun, and may still begin, is looked for before anything else starts (S1). */
function blocked(
  state: DeploymentState,
  workflowId: string,
): { kind: 'failed'; failure: StepFailure } {
  state.mustTakeStock = true;
  const message = `workflow ${workflowId} of an earlier incarnation is still open: end it, then retry`;
  return { kind: 'failed', failure: { reason: 'DEPENDENCY_UNAVAILABLE', message } };
}

async function interruptUntilSettled(
  workflowId: string,
  urgency: () => Urgency,
  settled: () => boolean,
  asked: () => void,
): Promise<void> {
  await condition(() => urgency() !== undefined || settled());
  let pauseMs = nag.firstMs;
  for (let sent = 1; !settled(); sent += 1) {
    asked();
    const hard = urgency() === 'hard';
    // Not there yet, or just ended: either way the next round knows.
    await getExternalWorkflowHandle(workflowId)
      .signal(interrupt, { hard })
      .catch(() => undefined);
    const isNews = await condition(() => settled() || (!hard && urgency() === 'hard'), pauseMs);
    if (isNews) sent = 0;
    pauseMs = sent < nag.often ? nag.firstMs : Math.min(2 * pauseMs, nag.mostMs);
  }
}
