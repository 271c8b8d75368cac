import { expect, test } from 'vitest';
import { foldEndedByHand } from './by-hand.ts';
import { decide } from './decide.ts';
import { planStep } from './plan.ts';
import type { DeploymentState } from './state.ts';
import { documentOf, liveJob, stateOf } from './testing/states.ts';

const plan = (state: DeploymentState) => planStep(state, decide(state), 1);

test('attempts of a start that a person ended stay used (S6)', () => {
  const state = stateOf(documentOf({ maxJobCreationAttempts: 3 }));
  foldEndedByHand(state, plan(state), 'terminated', 2, 2);
  expect(state.transition.failure).toBeUndefined();
  expect(plan(state)).toMatchObject({ attempts: 1, input: { firstAttempt: 3 } });
  foldEndedByHand(state, plan(state), 'terminated', undefined, 3);
  expect(state.transition.failure).toMatchObject({
    reason: 'INTERRUPTED',
    eventName: 'TOO_MANY_FAILED_JOB_CREATION_ATTEMPTS',
  });
});

test('attempts of a savepoint that a person ended stay used, whatever each step counts by itself (S6)', () => {
  const document = documentOf({ maxSavepointCreationAttempts: 4 });
  const suspended = documentOf({ maxSavepointCreationAttempts: 4, state: 'SUSPENDED' });
  const state = stateOf(suspended, { job: liveJob(document) });
  foldEndedByHand(state, plan(state), 'cancelled', undefined, 2);
  foldEndedByHand(state, plan(state), 'cancelled', 2, 3);
  expect(plan(state)).toMatchObject({ attempts: 1, input: { limit: 1 } });
  foldEndedByHand(state, plan(state), 'cancelled', 1, 4);
  expect(state.transition.failure?.eventName).toBe('TOO_MANY_FAILED_SUSPENSION_ATTEMPTS');
});
