import { applyDecision, isPure } from '../apply-decision.ts';
import { decide, type Next } from '../decide.ts';
import { foldClose, foldRepair } from '../fold-close.ts';
import { foldRecordEnd } from '../fold-end.ts';
import { foldUserSavepoint } from '../fold-savepoint.ts';
import { foldPreparation, foldStart } from '../fold-start.ts';
import { foldStock } from '../fold-stock.ts';
import { foldStop, foldStopWithSavepoint } from '../fold-stop.ts';
import { type Plan, planStep } from '../plan.ts';
import type { DeploymentState, JobEnd } from '../state.ts';
import { acceptsLoss } from '../uncertain.ts';

/** How the world answers every step of a simulation. `uncertain`: well, but nobody can tell what a job left. */
export type Fortune = 'good' | 'bad' | 'uncertain';

const failure = { reason: 'JOB_START_FAILED', message: 'it does not work' };

/**
 * Decides and folds until there is nothing to do, in a world without time: what the workflow does with activities.
 * `state` is then as it comes to rest.
 * @param look sees every decision before it is carried out.
 * @throws when it is not at rest within `limit` decisions.
 */
export function simulate(
  state: DeploymentState,
  fortune: Fortune,
  look: (next: Next, state: DeploymentState) => void,
  limit = 30,
): void {
  const told: Next['step'][] = [];
  for (let now = 10; told.length < limit; now += 1) {
    const next = decide(state);
    told.push(next.step);
    look(next, state);
    if (next.step === 'wait' || next.step === 'end') return;
    if (isPure(next)) applyDecision(state, next, now);
    else answer(state, next, planStep(state, next, now), fortune, now);
    delete state.inFlight;
  }
  throw new Error(`not at rest: ${told.join(' → ')}`);
}

function answer(
  state: DeploymentState,
  next: Next,
  plan: Plan,
  fortune: Fortune,
  now: number,
): void {
  const good = fortune !== 'bad';
  const unknown = fortune === 'uncertain' && !acceptsLoss(state);
  const why = 'nobody can look for it';
  const end: JobEnd = { state: 'CANCELED', why: 'cancelled', at: now };
  switch (plan.step) {
    case 'take-stock':
      return foldStock(state, { open: [], highestSequence: 9, savepoints: [], strangers: [] }, now);
    case 'record-end':
      if (unknown) {
        const ended = state.job?.ended ?? end;
        return foldRecordEnd(state, { kind: 'uncertain', end: ended, why, stops: [] }, now);
      }
      return foldRecordEnd(
        state,
        { kind: 'recorded', end: state.job?.ended ?? end, stops: [] },
        now,
      );
    case 'close-cluster':
      if (next.step !== 'close-cluster') throw new TypeError('a plan of another step');
      if (unknown && next.job.mayHaveRun)
        return foldClose(state, next.job, { kind: 'uncertain', why }, now);
      return foldClose(state, next.job, { kind: 'closed', evidence: 'nothing is left' }, now);
    case 'repair-cluster':
      return foldRepair(state, good ? { kind: 'repaired' } : { kind: 'gone', why: 'no' }, now);
    case 'stop-job':
      return foldStop(state, { kind: 'stopped', end, proven: good }, now);
    case 'prepare-cluster': {
      const record = { ...jobOf(state, plan.input.sequence), state: 'STANDBY' as const };
      const ready = { kind: 'ready' as const, record, attempt: 1 };
      return foldPreparation(state, plan.input, good ? ready : { kind: 'failed', failure }, now);
    }
    case 'start-job': {
      const record = { ...jobOf(state, plan.input.sequence), state: 'STARTED' as const };
      const started = { kind: 'started' as const, attempt: 1, finished: false, notes: [], at: now };
      const outcome = good ? { ...started, record } : { kind: 'failed' as const, failure };
      return foldStart(state, plan.input, outcome, now);
    }
    case 'take-savepoint': {
      const savepoint = {
        ...savepointOf(state, `stop-${plan.input.request}`),
        state: 'COMPLETED' as const,
        location: `file:///storage/savepoints/stop-${plan.input.request}`,
      };
      const stopped = {
        kind: 'stopped' as const,
        savepoint,
        checkpointId: plan.input.request,
        proven: true,
        story: [],
      };
      return foldStopWithSavepoint(state, good ? stopped : { kind: 'failed', failure }, now);
    }
    case 'user-savepoint':
      return foldUserSavepoint(
        state,
        good
          ? { kind: 'completed', location: 'file:///u', checkpointId: 1 }
          : { kind: 'not-taken', failure },
        now,
      );
  }
}

const jobOf = (state: DeploymentState, sequence: number) => ({
  id: `job-${sequence}`,
  deploymentId: state.id,
  namespace: state.namespace,
  deploymentName: state.document.name,
  sequence,
  attempt: 1,
  specVersion: 1,
  target: 'local',
  spec: {},
});

const savepointOf = (state: DeploymentState, id: string) => ({
  id,
  deploymentId: state.id,
  namespace: state.namespace,
  specVersion: 1,
  origin: 'SUSPEND' as const,
  ...(state.job ? { jobId: state.job.record.id } : {}),
});
