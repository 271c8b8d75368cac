import { describe, expect, test } from 'vitest';
import { applyDecision } from './apply-decision.ts';
import { decide } from './decide.ts';
import { foldStock } from './fold-stock.ts';
import { foldStopWithSavepoint } from './fold-stop.ts';
import { planStep } from './plan.ts';
import { choosePin, pinOfStop, registerFound } from './restore-points.ts';
import type { DeploymentState } from './state.ts';
import type { StopWithSavepointOutcome } from './steps.ts';
import { documentOf, jobRecord, stateOf } from './testing/states.ts';

const old = jobRecord(4, 'STARTED');
const done = {
  id: 's1',
  deploymentId: 'd1',
  namespace: 'default',
  jobId: old.id,
  specVersion: 1,
  origin: 'SUSPEND' as const,
  state: 'COMPLETED' as const,
  location: 'file:///s1',
};

/** A STATEFUL upgrade whose standby is warm while the old job runs. */
function upgrading(spec: Record<string, unknown> = {}): DeploymentState {
  const document = documentOf({ parallelism: 2, ...spec });
  const standby = { spec: document.spec, record: jobRecord(5, 'STANDBY'), attempt: 1 };
  const before = documentOf({ parallelism: 1, ...spec });
  return stateOf(document, { standby, job: { record: old, spec: before.spec, startedAt: 1 } });
}

/** The stop's plan, as it would be carried out. */
function stopOf(state: DeploymentState) {
  const plan = planStep(state, decide(state), 1);
  if (plan.step !== 'take-savepoint') throw new Error(`${plan.step} is next`);
  return plan.input;
}

const stopped = (over: Partial<StopWithSavepointOutcome & { kind: 'stopped' }> = {}) => ({
  kind: 'stopped' as const,
  savepoint: done,
  checkpointId: 9,
  proven: true,
  story: [],
  ...over,
});

describe('the step that stops the old job hands over to the warm standby', () => {
  test('from the pin that the start goes on with, which is the one it would choose itself (S24)', () => {
    const state = upgrading();
    const { next } = stopOf(state);
    expect(next?.standby?.record).toEqual(jobRecord(5, 'STANDBY'));
    const handedOver = pinOfStop(done, state.document.spec.restoreStrategy);
    if (!handedOver) throw new Error('no pin');
    foldStopWithSavepoint(state, stopped({ handedOver }), 2);
    expect(handedOver).toEqual(choosePin(state, state.document.spec.restoreStrategy));
    const start = planStep(state, decide(state), 3);
    expect(start).toMatchObject({ step: 'start-job', input: { pin: handedOver, sequence: 5 } });
  });

  test('not where the strategy restores nothing, or the pin is chosen already', () => {
    expect(pinOfStop(done, { kind: 'NONE' })).toBeUndefined();
    const chosen = upgrading();
    chosen.transition.pin = {
      path: 'file:///chosen',
      reason: 'before',
      allowNonRestoredState: false,
    };
    expect(stopOf(chosen).next).toBeUndefined();
    expect(chosen.standby?.offered).toBeUndefined();
  });

  test('a wish that came meanwhile: the job may run, so its state is looked for before the cluster goes (S2)', () => {
    const state = upgrading();
    stopOf(state);
    const handedOver = pinOfStop(done, state.document.spec.restoreStrategy);
    if (!handedOver) throw new Error('no pin');
    state.document = documentOf({ parallelism: 2, state: 'SUSPENDED' });
    foldStopWithSavepoint(state, stopped({ handedOver }), 2);
    const next = decide(state);
    expect(next.step).toBe('discard-standby');
    applyDecision(state, next, 3);
    expect(state.closing.at(-1)).toMatchObject({ proven: false, mayHaveRun: true });
  });

  test('a newer spec came meanwhile: it starts from what the overtaken job left, not from before it (S3)', () => {
    const state = upgrading();
    stopOf(state);
    const handedOver = pinOfStop(done, state.document.spec.restoreStrategy);
    if (!handedOver) throw new Error('no pin');
    state.document = documentOf({ parallelism: 3 });
    state.transition = { number: 2, kind: 'upgrade', standbyRefused: false };
    foldStopWithSavepoint(state, stopped({ handedOver }), 2);
    const next = decide(state);
    expect(next.step).toBe('discard-standby');
    applyDecision(state, next, 3);
    state.closing = [];
    const found = { path: 'file:///v2/chk-1', checkpointId: 10, isSavepoint: false };
    registerFound(state, jobRecord(5, 'TERMINATED'), found);
    const start = planStep(state, decide(state), 4);
    expect(start).toMatchObject({ step: 'start-job', input: { pin: { path: found.path } } });
  });

  test.for([
    stopped(),
    { kind: 'interrupted' as const },
    { kind: 'degraded' as const, why: 'no TaskManager' },
  ])('it did not: the standby has run nothing ($kind)', (outcome) => {
    const state = upgrading();
    stopOf(state);
    foldStopWithSavepoint(state, outcome, 2);
    expect(state.standby?.offered).toBeUndefined();
  });

  test.for([
    stopped({ handoverOpen: true }),
    { kind: 'interrupted' as const, handoverOpen: true as const },
    { kind: 'failed' as const, failure: { reason: 'DEPENDENCY_UNAVAILABLE', message: 'no' } },
  ])('nobody heard whether it did: the standby is one that may run ($kind, S1)', (outcome) => {
    const state = upgrading();
    stopOf(state);
    foldStopWithSavepoint(state, outcome, 2);
    expect(state.standby?.offered).toBe(true);
  });

  test('the step was ended by hand, or its workflow lost: the standby goes as one that may run (S1, S23)', () => {
    const state = upgrading();
    stopOf(state);
    state.mustTakeStock = true;
    const failure = { reason: 'JOB_START_FAILED', message: 'terminated' };
    foldStopWithSavepoint(state, { kind: 'failed', failure }, 2);
    foldStock(
      state,
      { open: [old, jobRecord(5, 'STANDBY')], highestSequence: 5, savepoints: [], strangers: [] },
      2,
    );
    expect(state.standby).toBeUndefined();
    expect(state.closing).toMatchObject([{ proven: false, mayHaveRun: true }]);
  });
});
