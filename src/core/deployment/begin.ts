import { applyDecision } from './apply-decision.ts';
import { decide, type Next } from './decide.ts';
import { say } from './outbox.ts';
import { isOutdated } from './outdated.ts';
import type { DeploymentState, TransitionKind } from './state.ts';
import { setTransitioning } from './status.ts';

/**
 * Answers an accepted wish: is there anything to do? Work begins as a new transition, with fresh attempt budgets and a
 * fresh choice of the restore point (S6), and TRANSITIONING is visible in the very reply (api.md 3.1). What needs no work
 * is settled at once. `why` is told to people.
 */
export function begin(state: DeploymentState, now: number, why: string): void {
  // A force is for the cancel it came with; whoever wants something else wants evidence again.
  if (state.document.spec.state !== 'CANCELLED') state.force = false;
  const before = state.transition;
  state.transition = { number: before.number + 1, kind: before.kind, standbyRefused: false };
  const next = nextFor(state);
  if (state.status.state === 'TRANSITIONING' && state.inFlight) {
    announce(state, now, kindOf(state), why);
  } else if (next.step === 'wait') {
    if (nothingToSuspend(state)) refuseSuspension(state, now, before);
  } else if (next.step === 'settle') {
    say(state, now, 'STATE_TRANSITION_IS_NEEDED', `${why}. ${next.reason}`);
    applyDecision(state, next, now);
  } else {
    announce(state, now, kindOf(state), why);
  }
}

/**
 * What is cleared away, saved for a user, or looked at behind a status that is true already is no reason to leave that
 * status: a finished job would be run again, for its cluster was still being removed, or its workflow had just been made
 * anew (M13, S15).
 */
function nextFor(state: DeploymentState): Next {
  const isTrue = state.status.state === 'FINISHED' || state.status.state === 'RUNNING';
  if (!isTrue || state.document.spec.state === 'CANCELLED') return decide(state);
  const closing = state.closing.filter((job) => !job.proven);
  return decide({ ...state, closing, requestedSavepoints: [], mustTakeStock: false });
}

/** TRANSITIONING, with the event that says why, and for an upgrade with the one that says how. */
export function announce(
  state: DeploymentState,
  now: number,
  kind: TransitionKind,
  why: string,
): void {
  state.transition.kind = kind;
  setTransitioning(state, now);
  say(state, now, 'STATE_TRANSITION_IS_NEEDED', why);
  if (kind !== 'upgrade') return;
  const { kind: strategy } = state.document.spec.upgradeStrategy;
  say(state, now, 'USING_AN_UPGRADE_STRATEGY', `Upgrade strategy ${strategy}`);
}

/** A job that is wanted again before it was stopped is no upgrade: it stays as it is. */
function kindOf(state: DeploymentState): TransitionKind {
  const wanted = state.document.spec.state;
  if (wanted === 'CANCELLED') return 'cancel';
  if (wanted === 'SUSPENDED') return 'suspend';
  if (!state.job) return state.standby ? 'upgrade' : 'start';
  return isOutdated(state, state.job) ? 'upgrade' : 'start';
}

/** CANCELLED, or FAILED without a job: SUSPENDED would claim that no state was lost (api.md 3.2, F38). */
const nothingToSuspend = (state: DeploymentState): boolean =>
  state.document.spec.state === 'SUSPENDED' &&
  !state.job &&
  state.status.state !== 'SUSPENDED' &&
  state.status.state !== 'FINISHED';

function refuseSuspension(
  state: DeploymentState,
  now: number,
  before: DeploymentState['transition'],
): void {
  state.transition = before;
  say(
    state,
    now,
    'COULD_NOT_FIND_A_JOB_TO_SUSPEND',
    'No job runs and no restorable state is known: the status stays as it is',
  );
}
