import type { DeploymentStatusState, EventName } from '../vocabulary.ts';
import { isOutdated, supportsSavepoints } from './outdated.ts';
import type { ClosingJob, DeploymentState } from './state.ts';
import { toClose, waitsForPerson } from './uncertain.ts';

/**
 * What to do next and why. The first group ends or waits, the second only edits the state, the third has effects: each
 * runs as a child workflow or an activity, and its outcome is folded back into the state (design.md 2).
 */
export type Next = { reason: string } & (
  | { step: 'end' }
  | { step: 'wait' }
  | { step: 'settle'; status: Exclude<DeploymentStatusState, 'TRANSITIONING'> }
  | { step: 'fail'; code: 'SAVEPOINT_NOT_CONFIGURED' | 'NO_ACTIVE_JOB'; eventName: EventName }
  | { step: 'discard-standby' }
  | { step: 'abandon-job' }
  | { step: 'take-stock' }
  | { step: 'record-end' }
  | { step: 'close-cluster'; job: ClosingJob }
  | { step: 'prepare-cluster' }
  | { step: 'take-savepoint'; purpose: 'suspend' | 'upgrade' }
  | { step: 'user-savepoint' }
  | { step: 'stop-job' }
  | { step: 'start-job' }
  | { step: 'repair-cluster' }
);

type Decision = (seen: DeploymentState) => Next | undefined;

const wanted = (seen: DeploymentState) => seen.document.spec.state;
const restorable = (seen: DeploymentState) => seen.restorePoints.length > 0;

/** Deleted, and nothing is left: the workflow may end. */
const deletedAndGone: Decision = (seen) =>
  seen.deleted && !seen.mustTakeStock && !seen.job && !seen.standby && seen.closing.length === 0
    ? { step: 'end', reason: 'the Deployment was deleted and nothing of it is left' }
    : undefined;

/** A workflow created again from the store knows less than the world (F65): forced, too, it must name what is left. */
const takeStockFirst: Decision = (seen) =>
  seen.mustTakeStock && !seen.transition.failure?.stuck
    ? { step: 'take-stock', reason: 'the workflow was created again: looks at what runs first' }
    : undefined;

/** Forced: evidence is not waited for; the cluster goes, and leftovers are named. */
const forcedGoesAtOnce: Decision = (seen) =>
  seen.force && seen.job
    ? { step: 'abandon-job', reason: 'a person forced the cancel' }
    : undefined;

/** A standby serves exactly one next Job; anything else would run an old spec or hold room for nothing. */
const unusedStandbyGoes: Decision = (seen) => {
  if (!seen.standby) return undefined;
  if (wanted(seen) !== 'RUNNING')
    return { step: 'discard-standby', reason: `${wanted(seen)} is wanted` };
  if (seen.status.state === 'FINISHED')
    return { step: 'discard-standby', reason: 'the job finished by itself' };
  if (seen.transition.failure) return { step: 'discard-standby', reason: 'the transition failed' };
  if (isOutdated(seen, seen.standby))
    return { step: 'discard-standby', reason: 'a newer change arrived' };
  if (seen.job && !upgradeDue(seen))
    return { step: 'discard-standby', reason: 'the running job stays' };
  return undefined;
};

/** FAILED is quiet: even a death is only looked into after a person acted (S7). */
const deadJobIsRecorded: Decision = (seen) =>
  seen.job?.ended && !seen.transition.failure
    ? { step: 'record-end', reason: `the job ended: ${seen.job.ended.why}` }
    : undefined;

/** The warm cluster starts before the old one is cleared away: the gap is savepoint and restore (mission 2). */
const standbyStartsFirst: Decision = (seen) =>
  seen.standby && !seen.job && !seen.deleted && toClose(seen).every((job) => job.proven)
    ? { step: 'start-job', reason: 'the old job has ended and the next cluster is warm' }
    : undefined;

/** RUNNING is said as soon as it is true; the old cluster is cleared away behind it (M10). */
const runningIsSaidAtOnce: Decision = (seen) =>
  wanted(seen) === 'RUNNING' &&
  seen.status.state === 'TRANSITIONING' &&
  seen.job &&
  !seen.transition.failure &&
  !seen.standby &&
  seen.closing.every((job) => job.proven) &&
  !upgradeDue(seen)
    ? reached(seen, 'RUNNING', 'the job runs as it should')
    : undefined;

/**
 * Everything made is cleared away before a stable status is said (M07, S5); an unproven end before any start (S1). What a
 * job left is read first: while that cannot be done its cluster stays (2.2 rule 8).
 */
const closingComesFirst: Decision = (seen) => {
  if (seen.transition.failure?.stuck) return undefined;
  const due = toClose(seen).filter((one) => !waitsForPerson(seen, one));
  const first = due.find((one) => !(one.stubborn && mayStandBack(one)));
  const job = first ?? (due.length > 0 && !isWorkDue(seen) ? due[0] : undefined);
  return job ? { step: 'close-cluster', job, reason: job.why } : undefined;
};

/** Its job is over and what it left is known: nothing depends on when it goes. */
export const mayStandBack = (job: ClosingJob): boolean => job.proven && !job.mayHaveRun;

/** Nothing is under way, or only a cluster is left that is tried again for as long as it does not go. */
export const isQuiet = (next: Next): boolean =>
  next.step === 'wait' || (next.step === 'close-cluster' && (next.job.stubborn ?? 0) > 0);

/** Is there anything to do but to remove old clusters that may stand back? */
export function isWorkDue(seen: DeploymentState): boolean {
  const { step } = decide({ ...seen, closing: seen.closing.filter((job) => !mayStandBack(job)) });
  return step !== 'wait' && step !== 'end' && step !== 'settle';
}

/** A savepoint a user asked for comes before a stop, so that it is of the job it was asked of (F24c). */
const userSavepointIsTaken: Decision = (seen) =>
  seen.requestedSavepoints.length > 0 && seen.job && !seen.job.ended && wanted(seen) !== 'CANCELLED'
    ? { step: 'user-savepoint', reason: 'a user asked for a savepoint' }
    : undefined;

/** FAILED stays until the user changes something (M15, api.md 3.2). */
const failedIsQuiet: Decision = (seen) => {
  const failure = seen.transition.failure;
  if (!failure) return undefined;
  return seen.status.state === 'FAILED'
    ? { step: 'wait', reason: `failed: ${failure.message}` }
    : { step: 'settle', status: 'FAILED', reason: failure.message };
};

/** A job that ended well is run again only by cancelling and running (M13, S15). */
const finishedRests: Decision = (seen) =>
  seen.status.state === 'FINISHED' && wanted(seen) !== 'CANCELLED'
    ? { step: 'wait', reason: 'the job finished; cancel and run to run it again' }
    : undefined;

/** Cancel: any job is terminated without a savepoint (M05, M11). */
const cancelIsWanted: Decision = (seen) => {
  if (wanted(seen) !== 'CANCELLED') return undefined;
  if (seen.job) return { step: 'stop-job', reason: 'CANCELLED is wanted' };
  return reached(seen, 'CANCELLED', 'nothing runs');
};

/** A TaskManager that only we can bring back (F32): without it no savepoint succeeds either. */
const brokenClusterIsRepaired: Decision = (seen) =>
  seen.job?.degraded ? { step: 'repair-cluster', reason: seen.job.degraded } : undefined;

/** Suspend: never without a completed savepoint of this very job (M06, S2). */
const suspendIsWanted: Decision = (seen) => {
  if (wanted(seen) !== 'SUSPENDED') return undefined;
  if (seen.job)
    return supportsSavepoints(seen.job)
      ? { step: 'take-savepoint', purpose: 'suspend', reason: 'SUSPENDED is wanted' }
      : savepointImpossible('suspended');
  if (restorable(seen) || !seen.everRan)
    return reached(seen, 'SUSPENDED', 'nothing runs, and no state is lost');
  // Coming from CANCELLED nothing changes (api.md 3.2); a job that died on the way leaves no honest status but FAILED.
  return seen.status.state === 'TRANSITIONING' || seen.status.state === 'RUNNING'
    ? {
        step: 'fail',
        code: 'NO_ACTIVE_JOB',
        eventName: 'COULD_NOT_FIND_A_JOB_TO_SUSPEND',
        reason: 'the job ended before a savepoint was taken, and no restorable state is known',
      }
    : { step: 'wait', reason: 'no job to suspend and no restorable state' };
};

/** Running is wanted and nothing runs. */
const startIsWanted: Decision = (seen) =>
  seen.job ? undefined : { step: 'start-job', reason: 'RUNNING is wanted and no job runs' };

/** The job is what the document asks for, or upgradeStrategy NONE leaves it alone (M18, S12). */
const runningJobStays: Decision = (seen) =>
  upgradeDue(seen) ? undefined : reached(seen, 'RUNNING', 'the job runs as it should');

/** A STATEFUL upgrade without a savepoint directory would lose state: it fails at once, the job untouched (V13). */
const statefulNeedsSavepoints: Decision = (seen) =>
  strategy(seen) === 'STATEFUL' && seen.job && !supportsSavepoints(seen.job)
    ? savepointImpossible('upgraded with its state')
    : undefined;

/** The next cluster comes up while the old job still runs, where there is room (mission 2). */
const standbyComesUp: Decision = (seen) =>
  !seen.standby &&
  !seen.transition.standbyRefused &&
  seen.document.spec.upgradeStrategy.startBeforeStop !== false
    ? { step: 'prepare-cluster', reason: 'the next cluster is made ready while the old job runs' }
    : undefined;

/** STATEFUL: savepoint before stop (M17, S2). */
const savepointBeforeStop: Decision = (seen) =>
  strategy(seen) === 'STATEFUL'
    ? {
        step: 'take-savepoint',
        purpose: 'upgrade',
        reason: 'STATEFUL upgrade: savepoint, then stop',
      }
    : undefined;

/** STATELESS: no savepoint is asked for (M16, S13). */
const stopOldJob: Decision = () => ({ step: 'stop-job', reason: 'STATELESS upgrade' });

/** What to do next, first match wins. Reads top to bottom like the list in `docs/spec/deployment.md`. */
export const decisions: readonly Decision[] = [
  deletedAndGone,
  takeStockFirst,
  forcedGoesAtOnce,
  unusedStandbyGoes,
  deadJobIsRecorded,
  standbyStartsFirst,
  runningIsSaidAtOnce,
  closingComesFirst,
  userSavepointIsTaken,
  failedIsQuiet,
  finishedRests,
  cancelIsWanted,
  brokenClusterIsRepaired,
  suspendIsWanted,
  startIsWanted,
  runningJobStays,
  statefulNeedsSavepoints,
  standbyComesUp,
  savepointBeforeStop,
  stopOldJob,
];

/** Pure: the same state always gives the same step and reason. */
export function decide(state: DeploymentState): Next {
  for (const decision of decisions) {
    const next = decision(state);
    if (next) return next;
  }
  return { step: 'wait', reason: 'nothing to do' };
}

const strategy = (seen: DeploymentState) => seen.document.spec.upgradeStrategy.kind;

/** The running job is not what the document asks for, and the strategy lets Sluice replace it. */
function upgradeDue(seen: DeploymentState): boolean {
  return seen.job !== undefined && strategy(seen) !== 'NONE' && isOutdated(seen, seen.job);
}

function reached(
  seen: DeploymentState,
  status: 'RUNNING' | 'CANCELLED' | 'SUSPENDED',
  reason: string,
): Next {
  const jobId = seen.status.running?.jobId;
  const same =
    seen.status.state === status &&
    jobId === (status === 'RUNNING' ? seen.job?.record.id : undefined);
  return same ? { step: 'wait', reason } : { step: 'settle', status, reason };
}

function savepointImpossible(what: string): Next {
  return {
    step: 'fail',
    code: 'SAVEPOINT_NOT_CONFIGURED',
    eventName: 'JOB_IS_NOT_CONFIGURED_WITH_SAVEPOINT_SUPPORT',
    reason: `the job cannot be ${what}: no savepoint directory. Set state.savepoints.dir in flinkConfiguration, or blobStorage.baseUri of the server`,
  };
}
