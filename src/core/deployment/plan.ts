import { jobIdOf } from '../ids.ts';
import type { Next } from './decide.ts';
import { say, setJobState } from './outbox.ts';
import { nextOrigin } from './outdated.ts';
import { choosePin, restoreFields } from './restore-points.ts';
import type { DeploymentState, JobInState, JobOrigin, Pin, StandbyJob } from './state.ts';
import { setTransitioning } from './status.ts';
import type { StartInput, StopInput, StopWithSavepointInput, UserSavepointInput } from './steps.ts';

/** A step with all it needs. Making it raises the counters its ids derive from: the state is stored before it runs (S22). */
export type Plan =
  | { step: 'prepare-cluster' | 'start-job'; name: string; input: StartInput; attempts: number }
  | { step: 'take-savepoint'; name: string; input: StopWithSavepointInput; attempts: number }
  | { step: 'user-savepoint'; name: string; input: UserSavepointInput }
  | { step: 'stop-job'; name: string; input: StopInput }
  | { step: 'take-stock' | 'record-end' | 'close-cluster' | 'repair-cluster'; name: string };

/** Fixes identities and inputs of a step with effects, and tells its story so far. */
export function planStep(state: DeploymentState, next: Next, now: number): Plan {
  state.counters.step += 1;
  const plan = planOf(state, next, now);
  state.inFlight = { step: next.step, reason: next.reason, since: now, wish: state.wish };
  return plan;
}

function planOf(state: DeploymentState, next: Next, now: number): Plan {
  switch (next.step) {
    case 'prepare-cluster':
      return planPreparation(state, now);
    case 'start-job':
      return planStart(state, now);
    case 'take-savepoint':
      return planStopWithSavepoint(state, next.purpose, now);
    case 'user-savepoint':
      return planUserSavepoint(state);
    case 'stop-job':
      return planStop(state, now);
    case 'close-cluster':
      if (state.status.state === 'TRANSITIONING' && !state.standby)
        sayTeardown(state, now, next.job.record.id);
      return { step: next.step, name: `close-cluster/${state.counters.step}` };
    case 'take-stock':
    case 'record-end':
    case 'repair-cluster':
      return { step: next.step, name: `${next.step}/${state.counters.step}` };
    default:
      throw new TypeError(`${next.step} is not a step with effects`);
  }
}

const stepInput = (state: DeploymentState) => ({
  deploymentId: state.id,
  deploymentName: state.document.name,
  namespace: state.namespace,
  fence: state.fence,
  step: state.counters.step,
  settings: state.settings,
});

/** The DeploymentTarget of a spec, by the form the user gave. */
const targetOf = ({ spec }: JobOrigin): string =>
  spec.deploymentTargetName ?? spec.deploymentTargetId ?? '';

function startInput(state: DeploymentState, firstAttempt: number): StartInput {
  const origin = nextOrigin(state);
  return {
    ...stepInput(state),
    sequence: state.counters.jobSequence,
    firstAttempt,
    limit: origin.spec.maxJobCreationAttempts,
    origin,
    specVersion: state.specVersion,
    target: targetOf(origin),
    storageUri: state.storageUri,
    delayMs: 0,
  };
}

function planPreparation(state: DeploymentState, now: number): Plan {
  setTransitioning(state, now);
  state.counters.jobSequence += 1;
  const input = startInput(state, firstAttemptOf(state));
  return {
    step: 'prepare-cluster',
    name: `prepare-cluster/${input.sequence}`,
    input,
    attempts: attemptsLeft(input),
  };
}

/** The restore point is chosen here, once per transition, and stored before the first submit (S24). */
function planStart(state: DeploymentState, now: number): Plan {
  setTransitioning(state, now);
  const { standby } = state;
  if (!standby) state.counters.jobSequence += 1;
  state.transition.pin ??= standby?.pin ?? choosePin(state, nextOrigin(state).spec.restoreStrategy);
  if (standby) sayStandbyStarts(state, standby, state.transition.pin, now);
  const input: StartInput = {
    ...(standby ? standbyStart(state, standby) : startInput(state, firstAttemptOf(state))),
    pin: state.transition.pin,
    delayMs: recoveryDelay(state),
  };
  return {
    step: 'start-job',
    name: `start-job/${input.sequence}`,
    input,
    attempts: attemptsLeft(input),
  };
}

const firstAttemptOf = ({ transition }: DeploymentState): number =>
  (transition.usedJobAttempts ?? 0) + 1;

const attemptsLeft = ({ limit, firstAttempt }: StartInput): number =>
  Math.max(1, limit - firstAttempt + 1);

const standbyStart = (state: DeploymentState, standby: StandbyJob): StartInput => ({
  ...startInput(state, standby.attempt),
  standby: { record: standby.record, mayRun: standby.offered === true },
});

/**
 * A standby's Job keeps its row and learns what it starts from. Written with the intent of the step and not by the step,
 * since nothing is counted meanwhile: one write fewer within the gap of an upgrade.
 */
function sayStandbyStarts(
  state: DeploymentState,
  standby: StandbyJob,
  pin: Pin,
  now: number,
): void {
  const spec = { ...standby.record.spec, ...restoreFields(pin) };
  setJobState(state, standby, 'STARTING', { spec });
  say(state, now, 'AWAITING_A_JOB_TO_START', pin.reason, standby.record.id);
}

/** The first death is answered at once, each further one of a job that keeps dying later and later (L4). */
function recoveryDelay({ recovery, settings, transition }: DeploymentState): number {
  if (transition.kind !== 'recovery' || recovery.deaths < 2) return 0;
  const doubled = settings.recoveryBackoffMs * 2 ** Math.min(recovery.deaths - 2, 20);
  return Math.min(doubled, settings.recoveryBackoffMaxMs);
}

function planStopWithSavepoint(
  state: DeploymentState,
  purpose: 'suspend' | 'upgrade',
  now: number,
): Plan {
  setTransitioning(state, now);
  const job = liveJob(state);
  state.counters.savepoint += 1;
  const request = state.counters.savepoint;
  say(
    state,
    now,
    'CREATING_A_SAVEPOINT_BEFORE_SUSPENSION',
    `Stopping the job with a savepoint, for a${purpose === 'upgrade' ? 'n upgrade' : ' suspend'}`,
    job.record.id,
  );
  const { maxSavepointCreationAttempts } = state.document.spec;
  const { usedSavepointAttempts = 0, repairs = 0 } = state.transition;
  const limit = Math.max(1, maxSavepointCreationAttempts - usedSavepointAttempts);
  const next = purpose === 'upgrade' ? planHandover(state) : undefined;
  return {
    step: 'take-savepoint',
    name: `take-savepoint/${request}`,
    input: {
      ...stepInput(state),
      job,
      request,
      limit,
      purpose,
      mayRepair: repairs < maxSavepointCreationAttempts,
      ...(next ? { next } : {}),
    },
    attempts: limit,
  };
}

/** Noted before the step runs: whatever becomes of it, the standby's job may have been submitted (S1, S22). */
function planHandover(state: DeploymentState): StartInput | undefined {
  const { standby, transition } = state;
  if (!standby || transition.pin) return undefined;
  standby.offered = true;
  return standbyStart(state, standby);
}

function planUserSavepoint(state: DeploymentState): Plan {
  const record = state.requestedSavepoints[0]?.record;
  if (!record) throw new TypeError('no savepoint was asked for');
  const name = `take-savepoint/${record.id}`;
  return {
    step: 'user-savepoint',
    name,
    input: { ...stepInput(state), job: liveJob(state), record },
  };
}

function planStop(state: DeploymentState, now: number): Plan {
  setTransitioning(state, now);
  const job = liveJob(state);
  const upgrade = state.document.spec.state === 'RUNNING';
  sayJobWillEnd(state, now, job.record.id, upgrade);
  return {
    step: 'stop-job',
    name: `stop-job/${jobIdOf(state.id, job.record.sequence, job.record.attempt).slice(0, 8)}-${state.counters.step}`,
    input: { ...stepInput(state), job, onSilence: upgrade ? 'wait' : 'teardown' },
  };
}

/** The story of an end: an upgrade's is one event, any other's three (api.md 3.7). */
export function sayJobWillEnd(
  state: DeploymentState,
  now: number,
  jobId: string,
  upgrade: boolean,
): void {
  if (upgrade) {
    say(state, now, 'FOUND_AN_OLD_JOB_AND_WILL_TERMINATE_IT', 'The old job ends', jobId);
    return;
  }
  say(state, now, 'FOUND_A_JOB_TO_TERMINATE', 'The job ends', jobId);
  say(state, now, 'AWAITING_A_JOB_TO_TERMINATE', 'Waiting for Flink to say that it ended', jobId);
}

function sayTeardown(state: DeploymentState, now: number, jobId: string): void {
  if (state.document.spec.state === 'RUNNING') return;
  say(state, now, 'AWAIT_FOR_A_CLUSTER_TO_TEARDOWN', 'Removing the cluster of the job', jobId);
}

function liveJob(state: DeploymentState): JobInState {
  if (!state.job) throw new TypeError('the Deployment has no job');
  return { record: state.job.record };
}
