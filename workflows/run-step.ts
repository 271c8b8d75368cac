import { ActivityFailure, isCancellation, sleep } from '@temporalio/workflow';
import type { Activities } from '../activities/contract.ts';
import { foldEndedByHand } from '../src/core/deployment/by-hand.ts';
import { decide, isWorkDue, mayStandBack, type Next } from '../src/core/deployment/decide.ts';
import { failStuck } from '../src/core/deployment/fail.ts';
import {
  foldClose,
  foldRepair,
  mayWaitToClose,
  noteStubborn,
  pauseBeforeClosing,
} from '../src/core/deployment/fold-close.ts';
import { foldRecordEnd } from '../src/core/deployment/fold-end.ts';
import { foldUserSavepoint } from '../src/core/deployment/fold-savepoint.ts';
import { foldPreparation, foldStart } from '../src/core/deployment/fold-start.ts';
import { foldStock } from '../src/core/deployment/fold-stock.ts';
import { foldStop, foldStopWithSavepoint } from '../src/core/deployment/fold-stop.ts';
import { isOutdated } from '../src/core/deployment/outdated.ts';
import { isOvertaken } from '../src/core/deployment/overtaken.ts';
import type { Plan } from '../src/core/deployment/plan.ts';
import type { ClosingJob, DeploymentState } from '../src/core/deployment/state.ts';
import {
  type CloseOutcome,
  handleOf,
  type PrepareOutcome,
  type StartOutcome,
  type StopOutcome,
  type StopWithSavepointOutcome,
  type UserSavepointOutcome,
} from '../src/core/deployment/steps.ts';
import { acceptsLoss } from '../src/core/deployment/uncertain.ts';
import { renderJob } from '../src/core/document/index.ts';
import { clusterIdOf } from '../src/core/ids.ts';
import { unless, unlessUnwanted } from './cut-short.ts';
import { stepFailureOf } from './failure.ts';
import { prepareCluster } from './prepare-cluster.ts';
import { hurried, patient, quick, sparing } from './proxies.ts';
import { runChild, type Step, type Urgency } from './run-child.ts';
import { startJob } from './start-job.ts';
import { stopJob } from './stop-job.ts';
import { takeSavepoint } from './take-savepoint.ts';
import { userSavepoint } from './user-savepoint.ts';
import { watchedMeanwhile } from './watch.ts';

/**
 * Runs one step and folds its outcome into the state. Domain failures end up in the state, never out of here.
 * @param attempt the one that its child is at, as far as it has said so.
 */
export async function runStep(
  state: DeploymentState,
  next: Next,
  plan: Plan,
  attempt: () => number | undefined,
): Promise<void> {
  try {
    await dispatch(state, next, plan, attempt);
  } catch (error) {
    // A force ended the wait, maybe before the effect was asked for; `decide` says what is next.
    if (isCancellation(error) && state.force) return;
    // Only outages come this far: a dependency was away for longer than the limit, or the target is gone for good.
    if (!(error instanceof ActivityFailure)) throw error;
    if (!isCancellation(error)) failStuck(state, Date.now(), stepFailureOf(error));
  } finally {
    delete state.inFlight;
  }
}

async function dispatch(
  state: DeploymentState,
  next: Next,
  plan: Plan,
  attempt: () => number | undefined,
): Promise<void> {
  const child: Step = {
    name: plan.name,
    summary: `${next.step}: ${next.reason}`,
    attempts: 1,
    endedByHand: (how) => foldEndedByHand(state, plan, how, attempt(), Date.now()),
  };
  switch (plan.step) {
    case 'prepare-cluster': {
      const step = { ...child, attempts: plan.attempts, args: [plan.input] as [typeof plan.input] };
      const outcome = await watchedMeanwhile(state, () =>
        runChild<typeof prepareCluster, PrepareOutcome>(state, prepareCluster, step, () =>
          urgencyOfPreparation(state, plan.input.origin),
        ),
      );
      return foldPreparation(state, plan.input, outcome, Date.now());
    }
    case 'start-job': {
      const step = { ...child, attempts: plan.attempts, args: [plan.input] as [typeof plan.input] };
      const outcome = await runChild<typeof startJob, StartOutcome>(state, startJob, step, () =>
        urgencyOfStart(state, plan.input.origin),
      );
      return foldStart(state, plan.input, outcome, Date.now());
    }
    case 'take-savepoint': {
      const step = { ...child, attempts: plan.attempts, args: [plan.input] as [typeof plan.input] };
      const outcome = await runChild<typeof takeSavepoint, StopWithSavepointOutcome>(
        state,
        takeSavepoint,
        step,
        () => urgencyOfSavepoint(state),
      );
      return foldStopWithSavepoint(state, outcome, Date.now());
    }
    case 'user-savepoint': {
      const step = { ...child, args: [plan.input] as [typeof plan.input] };
      const outcome = await runChild<typeof userSavepoint, UserSavepointOutcome>(
        state,
        userSavepoint,
        step,
        () => (givenUp(state) ? 'hard' : undefined),
      );
      const told =
        outcome.kind === 'failed'
          ? { kind: 'not-taken' as const, failure: outcome.failure }
          : outcome;
      return foldUserSavepoint(state, told, Date.now());
    }
    case 'stop-job': {
      const step = { ...child, args: [plan.input] as [typeof plan.input] };
      // A stop that would wait for a silent Flink is begun again as the user's cancel, which does not (2.4).
      const waits = plan.input.onSilence === 'wait';
      const outcome = await runChild<typeof stopJob, StopOutcome>(state, stopJob, step, () =>
        state.force || (waits && givenUp(state)) ? 'hard' : undefined,
      );
      if (outcome.kind !== 'failed') return foldStop(state, outcome, Date.now());
      return failStuck(state, Date.now(), outcome.failure);
    }
    case 'take-stock':
      return takeStock(state);
    case 'record-end':
      return recordEnd(state);
    case 'close-cluster':
      return closeCluster(state, next);
    case 'repair-cluster':
      return repairCluster(state);
  }
}

/** The job is to be cancelled, or a person forced it. */
const givenUp = (state: DeploymentState): boolean =>
  state.force || state.document.spec.state === 'CANCELLED';

/** A start goes on as long as its Job is still what is wanted. */
function urgencyOfStart(state: DeploymentState, origin: Parameters<typeof isOutdated>[1]): Urgency {
  if (!isOvertaken(state)) return undefined;
  if (state.force) return 'hard';
  const own = state.document.spec.upgradeStrategy.kind === 'NONE' && state.recovery.origin;
  const wanted = state.document.spec.state === 'RUNNING';
  return wanted && (own || !isOutdated(state, origin)) ? undefined : 'soft';
}

/** Once the old job has ended there is nothing to start before: its recovery waits for no standby (L4). */
const urgencyOfPreparation = (
  state: DeploymentState,
  origin: Parameters<typeof isOutdated>[1],
): Urgency => (state.job?.ended ? 'soft' : urgencyOfStart(state, origin));

/** A cancel overtakes the savepoint; any other wish that no longer asks for it only before the stop was sent. */
function urgencyOfSavepoint(state: DeploymentState): Urgency {
  if (!isOvertaken(state)) return undefined;
  if (givenUp(state)) return 'hard';
  return decide(state).step === 'take-savepoint' ? undefined : 'soft';
}

/** Reads the store, without which nothing goes on, and asks Flink once about each open savepoint: no force cuts it short. */
async function takeStock(state: DeploymentState): Promise<void> {
  const { id: deploymentId, namespace } = state;
  const stock = await quick(state.settings).takeStock({ deploymentId, namespace });
  foldStock(state, stock, Date.now());
}

async function recordEnd(state: DeploymentState): Promise<void> {
  const { job } = state;
  if (!job?.ended) return;
  const acceptLoss = acceptsLoss(state) || job.lossAccepted === true;
  const input = { job: handleOf(job), end: job.ended, acceptLoss };
  try {
    const outcome = await unlessUnwanted(
      state,
      () => givenUp(state),
      () => patient(state.settings).recordEnd(input),
    );
    foldRecordEnd(state, outcome, Date.now());
  } catch (error) {
    if (!isCancellation(error) || state.force) throw error;
    foldRecordEnd(state, { kind: 'unread', end: input.end, stops: [] }, Date.now());
  }
}

/**
 * Removes one cluster. Forced, only for as long as the setting says: then what is left is named. One that does not go
 * gives way after a while to other work that is due, where its job is proven ended (F41).
 */
async function closeCluster(state: DeploymentState, next: Next): Promise<void> {
  if (next.step !== 'close-cluster') return;
  const closing = next.job;
  const input = {
    job: handleOf(closing),
    mayHaveRun: closing.mayHaveRun ?? false,
    acceptLoss: acceptsLoss(state) || closing.lossAccepted === true,
  };
  try {
    const outcome = state.force
      ? await hurried(state.settings.forceCancelMs).closeCluster(input)
      : await watchedMeanwhile(state, () => removeInTime(state, closing, input));
    foldClose(state, closing, outcome, Date.now());
  } catch (error) {
    if (isCancellation(error) && !state.force) return noteStubborn(state, closing, Date.now());
    if (!(error instanceof ActivityFailure) || isCancellation(error)) throw error;
    if (mayWaitToClose(state, closing))
      return noteStubborn(state, closing, Date.now(), stepFailureOf(error).message);
    if (!state.force) throw error;
    const { clusterId } = input.job.cluster;
    const why = `${clusterId} on target ${closing.record.target} (${stepFailureOf(error).message})`;
    // To start from nothing next time, for nobody could look, would lose what is known (S3).
    const known = closing.mayHaveRun ? await quick(state.settings).lastKnown(input) : {};
    foldClose(state, closing, { kind: 'left-over', why, ...known }, Date.now());
  }
}

async function removeInTime(
  state: DeploymentState,
  closing: ClosingJob,
  input: Parameters<Activities['closeCluster']>[0],
): Promise<CloseOutcome> {
  const hurries = () => !mayWaitToClose(state, closing) || isWorkDue(state);
  if (closing.stubborn && !hurries())
    await unless(hurries, () => sleep(pauseBeforeClosing(state, closing)));
  return await unlessUnwanted(
    state,
    () => mayStandBack(closing) && isWorkDue(state),
    () => patient(state.settings).closeCluster(input),
  );
}

/**
 * Mends the cluster of the running job, at most once a minute (F33). Any newer wish ends the wait for a target that is
 * away: what it asks for may need no repair, and where it does, the repair is begun again.
 */
async function repairCluster(state: DeploymentState): Promise<void> {
  const { job, settings } = state;
  if (!job) return;
  const { record } = job;
  const { cluster } = renderJob({
    spec: job.spec,
    identity: {
      clusterId: clusterIdOf(record.id),
      jobId: record.id,
      deploymentId: state.id,
      deploymentName: state.document.name,
      namespace: state.namespace,
      target: record.target,
    },
    storageUri: state.storageUri,
  });
  const interval = settings.repairIntervalMs;
  const overtaken = () => state.force || isOvertaken(state);
  try {
    const outcome = await unless(overtaken, async () => {
      // The clock may have been set back since (F50).
      const waitMs = Math.min(interval, (job.repairedAt ?? 0) + interval - Date.now());
      if (waitMs > 0) await sleep(waitMs);
      return sparing(interval, settings)
        .repairCluster({ cluster })
        .finally(() => {
          job.repairedAt = Date.now();
        });
    });
    foldRepair(state, outcome, Date.now());
  } catch (error) {
    if (!isCancellation(error)) throw error;
  }
}
