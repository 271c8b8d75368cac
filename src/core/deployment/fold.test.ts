import { describe, expect, test } from 'vitest';
import { noteEnded } from './death.ts';
import { decide } from './decide.ts';
import { failStuck } from './fail.ts';
import { foldClose, noteStubborn } from './fold-close.ts';
import { foldRecordEnd } from './fold-end.ts';
import { foldPreparation, foldStart } from './fold-start.ts';
import { foldStop, foldStopWithSavepoint } from './fold-stop.ts';
import { planStep } from './plan.ts';
import type { ClosingJob, DeploymentState } from './state.ts';
import type { StartInput } from './steps.ts';
import {
  closingJob,
  documentOf,
  jobRecord,
  liveJob,
  savepointAt,
  stateOf,
} from './testing/states.ts';
import { acceptSignalledChange } from './wishes.ts';

const document = documentOf();
const failure = { reason: 'DEPENDENCY_UNAVAILABLE', message: 'the target is away' };

/** Plans the start that the state asks for, as the workflow does. */
function startInput(state: DeploymentState): StartInput {
  const plan = planStep(state, decide(state), 1);
  if (plan.step !== 'start-job') throw new Error(`${plan.step} is planned`);
  return plan.input;
}

const savepoint = (location: string) => ({
  id: 's',
  deploymentId: 'd1',
  namespace: 'default',
  specVersion: 1,
  origin: 'SUSPEND' as const,
  state: 'COMPLETED' as const,
  location,
});

test('a start that could not be cleared away goes before anything else starts (S1, S7)', () => {
  const state = stateOf(document);
  const left = { record: jobRecord(6, 'STARTING'), mayHaveRun: true };
  foldStart(state, startInput(state), { kind: 'failed', failure, left }, 2);
  expect(state.closing).toMatchObject([{ record: left.record, proven: false, mayHaveRun: true }]);
  expect(decide(state)).toMatchObject({ step: 'close-cluster' });
  expect(state.transition.failure).toMatchObject(failure);
});

test('a start that a person cancelled in Temporal goes on from what its job had completed (S3, 2.4)', () => {
  const state = stateOf(document, { restorePoints: [savepointAt(1)] });
  const input = startInput(state);
  expect(state.transition.pin?.path).toBe(savepointAt(1).path);
  const found = { path: 'file:///c/chk-7', checkpointId: 7, isSavepoint: false };
  foldStart(state, input, { kind: 'interrupted', record: jobRecord(6, 'TERMINATED'), found }, 2);
  expect(startInput(state).pin?.path).toBe('file:///c/chk-7');
});

test('a standby that could not be cleared away goes, too', () => {
  const state = stateOf(document);
  const input = startInput(state);
  const left = { record: jobRecord(6, 'STANDBY'), mayHaveRun: false };
  foldPreparation(state, input, { kind: 'interrupted', left }, 2);
  expect(state.standby).toBeUndefined();
  expect(state.closing).toMatchObject([{ record: left.record, mayHaveRun: false }]);
});

test('what turns out to have run moves the restore point: its work is not done again (2.4, F65)', () => {
  const closing = { ...closingJob(false), mayHaveRun: true };
  const state = stateOf(document, { closing: [closing], restorePoints: [savepointAt(1)] });
  state.transition.pin = {
    path: savepointAt(1).path,
    reason: 'chosen before',
    allowNonRestoredState: false,
  };
  const found = { path: 'file:///chk-9', checkpointId: 9, isSavepoint: false };
  foldClose(state, closing, { kind: 'closed', evidence: 'gone', found }, 2);
  expect(startInput(state).pin?.path).toBe('file:///chk-9');
});

test('a pin is kept for the whole transition, whatever becomes known besides (S24)', () => {
  const state = stateOf(document, { restorePoints: [savepointAt(1)] });
  const first = startInput(state).pin?.path;
  state.restorePoints.push(savepointAt(2));
  expect(startInput(state).pin?.path).toBe(first);
});

test('a savepoint whose JobManager died is kept, and its end awaits proof (S1)', () => {
  const state = stateOf(document, { job: liveJob(document) });
  const stopped = {
    kind: 'stopped' as const,
    savepoint: savepoint('file:///s'),
    checkpointId: 7,
    story: [],
  };
  foldStopWithSavepoint(state, { ...stopped, proven: false }, 2);
  expect(state.restorePoints.at(-1)?.path).toBe('file:///s');
  expect(state.closing).toMatchObject([{ proven: false }]);
  expect(decide(state).step).toBe('close-cluster');
});

test('what a job completed after it failed to stop is newer than its savepoint (2.2 rule 8)', () => {
  const state = stateOf(document, { job: liveJob(document) });
  const found = { path: 'file:///chk-8', checkpointId: 8, isSavepoint: false };
  const stopped = { savepoint: savepoint('file:///s'), checkpointId: 7, found };
  foldStopWithSavepoint(state, { kind: 'stopped', proven: true, story: [], ...stopped }, 2);
  expect(state.restorePoints.map(({ path }) => path)).toEqual(['file:///s', 'file:///chk-8']);
});

test('a job that ended by our own stop did not finish by itself (2.4)', () => {
  const ended = { state: 'FINISHED' as const, why: 'Flink says FINISHED', at: 1 };
  const state = stateOf(documentOf({ state: 'SUSPENDED' }), { job: liveJob(document, { ended }) });
  const stops = [{ savepoint: savepoint('file:///s'), checkpointId: 7 }];
  foldRecordEnd(state, { kind: 'stopped', stops }, 2);
  expect(state.status.state).not.toBe('FINISHED');
  expect(state.restorePoints).toHaveLength(1);
});

test('a bounded job that finished before its STATELESS upgrade stopped it is FINISHED, not run again (S15, M13)', () => {
  const after = documentOf({ upgradeStrategy: { kind: 'STATELESS' }, parallelism: 2 });
  const standby = { spec: after.spec, record: jobRecord(4, 'STANDBY'), attempt: 1 };
  const end = { state: 'FINISHED' as const, why: 'Flink says FINISHED', at: 2 };
  const state = stateOf(after, { job: liveJob(document), standby });
  expect(decide(state).step).toBe('stop-job');
  foldStop(state, { kind: 'stopped', end, proven: true }, 2);
  expect(decide(state).step).toBe('record-end');
  foldRecordEnd(state, { kind: 'recorded', end, stops: [] }, 3);
  expect(state.status.state).toBe('FINISHED');
  expect(decide(state).step).toBe('discard-standby');
});

test('a job that finished while it was cancelled is cancelled (M05)', () => {
  const end = { state: 'FINISHED' as const, why: 'Flink says FINISHED', at: 2 };
  const state = stateOf(documentOf({ state: 'CANCELLED' }), { job: liveJob(document) });
  foldStop(state, { kind: 'stopped', end, proven: true }, 2);
  expect(decide(state).step).toBe('close-cluster');
});

test('what a dead job was made from is forgotten once its successor runs (F54)', () => {
  const before = documentOf({ upgradeStrategy: { kind: 'NONE' } });
  const origin = { spec: before.spec };
  const state = stateOf(documentOf({ upgradeStrategy: { kind: 'NONE' }, parallelism: 2 }), {
    recovery: { deaths: 1, failedAt: [], origin },
  });
  const input = startInput(state);
  expect(input.origin.spec.template.spec.parallelism).toBe(1);
  const record = jobRecord(6, 'STARTED');
  const started = { kind: 'started' as const, attempt: 1, finished: false, notes: [], at: 2 };
  foldStart(state, input, { ...started, record }, 2);
  delete state.job;
  expect(startInput(state).origin.spec.template.spec.parallelism).toBe(2);
});

test('what an attempt left goes before the next start where it was given a job, whatever that restored (S1)', () => {
  for (const [isIdle, step] of [
    [true, 'start-job'],
    [false, 'close-cluster'],
  ] as const) {
    const state = stateOf(document);
    // As after RESTORE_MISMATCH: its state does not count, and it may run.
    const left = { record: jobRecord(6, 'STARTING'), mayHaveRun: false, ...(isIdle && { isIdle }) };
    foldStart(state, startInput(state), { kind: 'interrupted', left }, 2);
    noteStubborn(state, state.closing[0] as ClosingJob, 3);
    expect(decide(state).step).toBe(step);
  }
});

describe('an old cluster that will not go (F41)', () => {
  const upgraded = documentOf({ parallelism: 2 });
  /** The job runs, and what it replaced was given up for now. */
  const behind = (over: Partial<DeploymentState> = {}): DeploymentState => {
    const job = liveJob(document);
    const running = { jobId: job.record.id, transitionTime: 1 };
    const closing = [closingJob(true)];
    const state = stateOf(document, {
      job,
      closing,
      status: { state: 'RUNNING', running },
      ...over,
    });
    expect(decide(state).step).toBe('close-cluster');
    noteStubborn(state, closing[0] as ClosingJob, 2);
    return state;
  };

  test('holds up no change and no recovery once it has had its time', () => {
    expect(decide(behind()).step).toBe('close-cluster');
    const changed = behind();
    expect(decide({ ...changed, document: upgraded }).step).toBe('prepare-cluster');
    const end = { state: 'FAILED' as const, why: 'X', at: 2 };
    const dead = behind();
    noteEnded(dead, end, 3);
    foldRecordEnd(dead, { kind: 'recorded', end, stops: [] }, 3);
    dead.closing = dead.closing.filter(({ stubborn }) => stubborn);
    expect(decide(dead).step).toBe('start-job');
  });

  test('but goes before CANCELLED, SUSPENDED or FAILED is said (M07, S7)', () => {
    for (const wanted of ['CANCELLED', 'SUSPENDED'] as const) {
      const state = behind({ restorePoints: [savepointAt(1)] });
      delete state.job;
      const ended = { ...state, document: documentOf({ state: wanted }) };
      expect(decide(ended).step).toBe('close-cluster');
    }
    const state = behind();
    failStuck(state, 3, failure);
    delete state.transition.failure?.stuck;
    expect(decide(state).step).toBe('close-cluster');
  });

  test('one whose tasks may still run holds up everything (S1)', () => {
    const closing = [closingJob(false)];
    const state = stateOf(document, { closing });
    noteStubborn(state, closing[0] as ClosingJob, 2);
    expect(decide(state).step).toBe('close-cluster');
  });
});

test('a job that dies while its standby fails is recovered, not FAILED (L4)', () => {
  const state = stateOf(documentOf({ parallelism: 2 }), { job: liveJob(document) });
  const plan = planStep(state, decide(state), 1);
  if (plan.step !== 'prepare-cluster') throw new Error(`${plan.step} is planned`);
  const end = { state: 'FAILED' as const, why: 'X', at: 2 };
  noteEnded(state, end, 2);
  foldPreparation(state, plan.input, { kind: 'failed', failure }, 3);
  delete state.inFlight;
  foldRecordEnd(state, { kind: 'recorded', end, stops: [] }, 4);
  state.closing = [];
  expect(decide(state).step).toBe('start-job');
});

test('a cancel does not wait for what a dead job left to be read; it is looked for as the cluster goes', () => {
  const end = { state: 'FAILED' as const, why: 'X', at: 2 };
  const state = stateOf(documentOf({ state: 'CANCELLED' }), {
    job: liveJob(document, { ended: end }),
  });
  foldRecordEnd(state, { kind: 'unread', end, stops: [] }, 3);
  expect(state.closing).toMatchObject([{ endsAs: 'FAILED', proven: false, mayHaveRun: true }]);
});

describe('a wish that was accepted while a step was failing is not failed by it (L2, L7, R23)', () => {
  const failed = { kind: 'failed' as const, failure };
  const change = (state: DeploymentState, spec: Record<string, unknown>) => {
    acceptSignalledChange(state, 'patchSpec', { spec }, 2);
    expect(state.wish).toBe(2);
  };

  test('a cancel overtakes the last attempt to start', () => {
    const state = stateOf(document);
    const input = startInput(state);
    change(state, { state: 'CANCELLED' });
    foldStart(state, input, failed, 3);
    delete state.inFlight;
    expect(decide(state)).toMatchObject({ step: 'settle', status: 'CANCELLED' });
  });

  test('a mended spec gets attempts of its own', () => {
    const state = stateOf(document);
    const input = startInput(state);
    change(state, { template: { spec: { parallelism: 2 } } });
    const left = { record: jobRecord(6, 'STARTING'), mayHaveRun: true };
    foldStart(state, input, { ...failed, left }, 3);
    expect(state.closing).toMatchObject([{ record: left.record }]);
    state.closing = [];
    expect(decide(state)).toMatchObject({ step: 'start-job' });
  });

  test('a cancel overtakes the last attempt to prepare, and to suspend: the job goes', () => {
    for (const wanted of ['RUNNING', 'SUSPENDED'] as const) {
      const before = documentOf({ state: wanted, parallelism: 2 });
      const state = stateOf(before, { job: liveJob(document) });
      const plan = planStep(state, decide(state), 1);
      change(state, { state: 'CANCELLED' });
      if (plan.step === 'prepare-cluster') foldPreparation(state, plan.input, failed, 3);
      else foldStopWithSavepoint(state, failed, 3);
      expect(decide(state)).toMatchObject({ step: 'stop-job' });
    }
  });

  test('what could not be removed in time is tried again for whoever asks anew (S26)', () => {
    const state = stateOf(document, { closing: [closingJob(true)] });
    planStep(state, decide(state), 1);
    change(state, { state: 'CANCELLED' });
    failStuck(state, 3, failure);
    expect(decide(state)).toMatchObject({ step: 'close-cluster' });
  });

  test('a job that ran and died is not started again where a cancel was accepted', () => {
    const expiring = documentOf({ jobFailureExpirationTime: '1h', maxJobCreationAttempts: 1 });
    const state = stateOf(expiring);
    const input = startInput(state);
    change(state, { state: 'CANCELLED' });
    const end = { state: 'FAILED' as const, why: 'X', at: 3 };
    const found = { path: 'file:///chk-9', checkpointId: 9, isSavepoint: false };
    foldStart(state, input, { kind: 'has-run', record: jobRecord(6, 'FAILED'), end, found }, 3);
    delete state.inFlight;
    expect(state.restorePoints.at(-1)?.path).toBe('file:///chk-9');
    expect(decide(state)).toMatchObject({ step: 'settle', status: 'CANCELLED' });
  });

  test('but what is not certain stays so, whatever was asked meanwhile (2.2 rule 8)', () => {
    const end = { state: 'GONE' as const, why: 'it is gone', at: 1 };
    const state = stateOf(document, { job: liveJob(document, { ended: end }) });
    planStep(state, decide(state), 1);
    change(state, { template: { spec: { parallelism: 2 } } });
    foldRecordEnd(state, { kind: 'uncertain', end, why: 'nobody knows', stops: [] }, 3);
    expect(state.transition.failure?.reason).toBe('RESTORE_POINT_UNCERTAIN');
  });
});
