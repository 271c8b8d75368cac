import type { EventName } from '../vocabulary.ts';
import { touch } from './outbox.ts';
import { isOvertaken } from './overtaken.ts';
import type { DeploymentState } from './state.ts';
import type { StepFailure } from './steps.ts';
import { acceptsLoss, uncertainAdvice, uncertainReason } from './uncertain.ts';

/**
 * The transition fails with its step, unless a newer wish was accepted meanwhile: that one has a transition of its own,
 * with fresh attempts, and is not failed by what it overtook (L2, S6).
 */
export function failStep(
  state: DeploymentState,
  now: number,
  failure: StepFailure,
  eventName: EventName,
): void {
  if (!isOvertaken(state)) fail(state, now, failure, eventName);
}

function fail(
  state: DeploymentState,
  now: number,
  failure: StepFailure,
  eventName: EventName,
): void {
  const { reason, message } = failure;
  state.transition.failure = { reason, message, failedAt: now, eventName };
  touch(state);
}

/** Looking or removing was not possible for as long as an outage may last; nothing is given up, a person must act. */
export function failStuck(state: DeploymentState, now: number, failure: StepFailure): void {
  failStep(state, now, failure, 'TERMINATING_A_JOB_DUE_TO_AN_UNRECOVERABLE_FAILURE');
  if (state.transition.failure) state.transition.failure.stuck = true;
}

/**
 * What a job left cannot be told: nothing is removed and nothing starts, until it can or a person accepts the loss. Whoever
 * did so meanwhile is not failed: the step is asked again, and takes no for an answer.
 */
export function failUncertain(state: DeploymentState, now: number, why: string): void {
  if (acceptsLoss(state)) return;
  const message = `the newest restore point is not certain: ${why}. ${uncertainAdvice}`;
  const eventName = 'TERMINATING_A_JOB_DUE_TO_AN_UNRECOVERABLE_FAILURE';
  fail(state, now, { reason: uncertainReason, message }, eventName);
}
