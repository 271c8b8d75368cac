import { expect, test } from 'vitest';
import { decide } from './decide.ts';
import { foldPreparation, foldRecordEnd, foldStart, foldStopWithSavepoint } from './fold.ts';
import { foldClose } from './fold-close.ts';
import { planStep } from './plan.ts';
import type { DeploymentState } from './state.ts';
import type { StartInput } from './steps.ts';
import {
  closingJob,
  documentOf,
  jobRecord,
  liveJob,
  savepointAt,
  stateOf,
} from './testing/states.ts';

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
  const stopped = { kind: 'stopped' as const, savepoint: savepoint('file:///s'), story: [] };
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
  foldRecordEnd(state, { kind: 'stopped', savepoint: savepoint('file:///s') }, 2);
  expect(state.status.state).not.toBe('FINISHED');
  expect(state.restorePoints).toHaveLength(1);
});
