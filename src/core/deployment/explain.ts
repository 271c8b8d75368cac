import { decide } from './decide.ts';
import type { Plan } from './plan.ts';
import type { DeploymentState } from './state.ts';
import { uncertainAdvice, uncertainReason } from './uncertain.ts';

/** What the query `explain` answers: why is it not (yet) as wanted, and what can a person do. */
export interface Explanation {
  desired: string;
  status: string;
  step: string;
  reason: string;
  /** ISO 8601; since when the step runs. */
  since?: string;
  attempt?: { number: number; limit: number; nextTryAt?: string; lastError?: string };
  advice: string;
  /** Its page in the Temporal Web UI shows the attempts. */
  stepWorkflowId?: string;
}

/** How far the step that runs has come, as its child last said. */
export interface StepProgress {
  attempt: number;
  limit: number;
  /** Epoch ms. */
  nextTryAt?: number;
  lastError?: string;
}

/** How far a limited step is when it begins: the first attempt, maybe after a pause. */
export function beginProgress(plan: Plan, now: number): StepProgress | undefined {
  switch (plan.step) {
    case 'prepare-cluster':
    case 'start-job': {
      const { firstAttempt: attempt, limit, delayMs } = plan.input;
      return { attempt, limit, ...(delayMs > 0 ? { nextTryAt: now + delayMs } : {}) };
    }
    case 'take-savepoint':
      return { attempt: 1, limit: plan.input.limit };
    default:
      return undefined;
  }
}

/** Reads progress that came as a signal; anything else than a child's word is left alone (F64). */
export function readProgress(told: unknown): StepProgress | undefined {
  if (typeof told !== 'object' || told === null) return undefined;
  const { attempt, limit, nextTryAt, lastError }: Partial<Record<string, unknown>> = { ...told };
  if (typeof attempt !== 'number' || typeof limit !== 'number') return undefined;
  return {
    attempt,
    limit,
    ...(typeof nextTryAt === 'number' && isDate(nextTryAt) ? { nextTryAt } : {}),
    ...(typeof lastError === 'string' ? { lastError } : {}),
  };
}

/** What a Date can hold: showing anything else would throw, and fail the workflow's task for ever. */
const isDate = (ms: number): boolean => !Number.isNaN(new Date(ms).getTime());

/** Explains a state to a person, in one place (mission 6). Pure: the same answer in the Web UI, on the command line and in the API. */
export function explain(state: DeploymentState, progress?: StepProgress): Explanation {
  const { inFlight } = state;
  const next = inFlight ?? decide(state);
  return {
    desired: state.document.spec.state,
    status: state.status.state,
    step: next.step,
    reason: next.reason,
    ...(inFlight ? { since: new Date(inFlight.since).toISOString() } : {}),
    ...(inFlight && progress ? { attempt: attemptOf(progress) } : {}),
    advice: adviceFor(state),
    ...(inFlight?.workflowId ? { stepWorkflowId: inFlight.workflowId } : {}),
  };
}

const attemptOf = ({ attempt, limit, nextTryAt, lastError }: StepProgress) => ({
  number: attempt,
  limit,
  ...(nextTryAt === undefined ? {} : { nextTryAt: new Date(nextTryAt).toISOString() }),
  ...(lastError === undefined ? {} : { lastError }),
});

function adviceFor(state: DeploymentState): string {
  if (state.transition.failure?.reason === uncertainReason) return uncertainAdvice;
  switch (state.status.state) {
    case 'FAILED':
      return 'Mend the cause, then change the spec, send the signal retry, or set spec.state to CANCELLED.';
    case 'TRANSITIONING':
      return 'Wait; a newer change cuts this step short where that is safe. To give the job up without waiting for evidence, send the signal forceCancel.';
    case 'FINISHED':
      return 'To run the job again set spec.state to CANCELLED, then to RUNNING.';
    case 'RUNNING':
    case 'SUSPENDED':
    case 'CANCELLED':
      return 'Nothing is to be done.';
  }
}

/** One paragraph for the page of the workflow in the Temporal Web UI (M35). */
export function currentDetails(state: DeploymentState, progress?: StepProgress): string {
  const told = explain(state, progress);
  const attempt = told.attempt ? ` Attempt ${told.attempt.number} of ${told.attempt.limit}.` : '';
  const next = told.attempt?.nextTryAt ? ` Next try at ${told.attempt.nextTryAt}.` : '';
  const last = told.attempt?.lastError ? `\n\nLast error: ${told.attempt.lastError}` : '';
  return `**${told.status}** (desired ${told.desired}). Step **${told.step}**: ${told.reason}.${attempt}${next}${last}\n\n${told.advice}`;
}
