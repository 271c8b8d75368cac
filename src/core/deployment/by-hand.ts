import { say } from './outbox.ts';
import type { Plan } from './plan.ts';
import type { DeploymentState } from './state.ts';
import type { HandMade } from './steps.ts';

/**
 * A person ended the workflow of a step in Temporal. What is wanted has not changed, so the step is begun again, once
 * what it left is looked at; the attempts it has used stay used (M30, S6).
 * @param attempt the one it was at, by its own count.
 */
export function foldEndedByHand(
  state: DeploymentState,
  plan: Plan,
  how: HandMade,
  attempt: number | undefined,
  now: number,
): void {
  const what = `The workflow of the step ${plan.step} was ${how} by hand in Temporal`;
  say(state, now, 'GENERAL_FAILURE', `${what}; the step is begun again, within its limits`);
  const { transition } = state;
  const failure = { reason: 'INTERRUPTED', message: `${what}, in its last attempt`, failedAt: now };
  switch (plan.step) {
    case 'prepare-cluster':
    case 'start-job': {
      const used = attempt ?? plan.input.firstAttempt;
      transition.usedJobAttempts = used;
      if (used >= plan.input.limit)
        transition.failure = { ...failure, eventName: 'TOO_MANY_FAILED_JOB_CREATION_ATTEMPTS' };
      return;
    }
    case 'take-savepoint': {
      const used = attempt ?? 1;
      transition.usedSavepointAttempts = (transition.usedSavepointAttempts ?? 0) + used;
      if (used >= plan.input.limit)
        transition.failure = { ...failure, eventName: 'TOO_MANY_FAILED_SUSPENSION_ATTEMPTS' };
      return;
    }
    case 'user-savepoint':
      // Flink may be at it: taking stock says what became of it.
      state.requestedSavepoints.shift();
      state.mustTakeStock = true;
      return;
    default:
  }
}
