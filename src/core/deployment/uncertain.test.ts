import { expect, test } from 'vitest';
import { applyDecision, isPure } from './apply-decision.ts';
import { acceptChange, reviewChange } from './change.ts';
import { decide } from './decide.ts';
import { explain } from './explain.ts';
import { foldClose } from './fold-close.ts';
import { foldRecordEnd } from './fold-end.ts';
import { foldStop } from './fold-stop.ts';
import { planStep } from './plan.ts';
import type { ClosingJob, DeploymentState } from './state.ts';
import { documentOf, jobRecord, liveJob, savepointAt, stateOf } from './testing/states.ts';
import { toClose } from './uncertain.ts';
import { acceptForceCancel, acceptRegistration, acceptRetry } from './wishes.ts';

const document = documentOf();
const end = { state: 'GONE' as const, why: 'the JobManager is gone', at: 2 };
const why = 's3://b/c cannot be listed from here';
const uncertain = { kind: 'uncertain' as const, end, why, stops: [] };
const found = { path: 's3://b/c/chk-9', checkpointId: 9, isSavepoint: false };

/** A job that died, with an older savepoint known, and nobody who can tell what it left. */
function unsure(): DeploymentState {
  const state = stateOf(document, {
    job: liveJob(document, { ended: end }),
    restorePoints: [savepointAt(1)],
  });
  foldRecordEnd(state, uncertain, 3);
  return rest(state);
}

/** Carries out what needs nothing of the world. */
function rest(state: DeploymentState): DeploymentState {
  for (let next = decide(state); isPure(next); next = decide(state)) applyDecision(state, next, 4);
  return state;
}

function patch(state: DeploymentState, spec: object): void {
  const { settings, documentSettings } = state;
  const requestId = `request-${state.resourceVersion}`;
  const body = { spec: JSON.parse(JSON.stringify(spec)) };
  const request = { requestId, verb: 'patch' as const, body, settings, documentSettings };
  const reviewed = reviewChange(state, request);
  if ('refusal' in reviewed) throw new Error(reviewed.refusal.message);
  acceptChange(state, request, reviewed.document, 5);
}

const register = (state: DeploymentState) =>
  acceptRegistration(state, { requestId: 'r', location: 's3://b/copy' }, 6);

/** What the next start would restore. */
function pinOf(state: DeploymentState): string | undefined {
  const plan = planStep(state, decide(state), 9);
  if (plan.step !== 'start-job') throw new Error(`${plan.step} is planned`);
  return plan.input.pin?.path;
}

/** The cluster that is to go next. */
function closing(state: DeploymentState): ClosingJob {
  const next = decide(state);
  if (next.step !== 'close-cluster') throw new Error(`${next.step} is next`);
  return next.job;
}

const removed = { kind: 'closed' as const, evidence: 'nothing is left' };

test('FAILED says why and what a person can do, and nothing is removed (2.2 rule 8)', () => {
  const state = unsure();
  expect(state.status).toMatchObject({
    state: 'FAILED',
    failure: { reason: 'RESTORE_POINT_UNCERTAIN' },
  });
  const said = state.status.failure?.message;
  for (const part of [why, 'retry', 'restoreStrategy NONE', 'forceCancel'])
    expect(said).toContain(part);
  expect(explain(state).advice).toContain('register the savepoint');
  expect(decide(state).step).toBe('wait');
  expect(state.job?.ended).toEqual(end);
});

test.each([
  ['a retry', (state: DeploymentState) => acceptRetry(state, 5)],
  [
    'a new spec',
    (state: DeploymentState) => patch(state, { template: { spec: { parallelism: 2 } } }),
  ],
  ['a suspend', (state: DeploymentState) => patch(state, { state: 'SUSPENDED' })],
  ['a cancel', (state: DeploymentState) => patch(state, { state: 'CANCELLED' })],
])('after %s it is asked again, and stays FAILED while nobody can tell', (_what, wish) => {
  const state = unsure();
  wish(state);
  expect(decide(state).step).toBe('record-end');
  foldRecordEnd(state, uncertain, 6);
  expect(rest(state).status.failure?.reason).toBe('RESTORE_POINT_UNCERTAIN');
  expect(state.job).toBeDefined();
});

test('once it can be told, the newest is restored', () => {
  const state = unsure();
  acceptRetry(state, 5);
  foldRecordEnd(state, { kind: 'recorded', end, found, stops: [] }, 6);
  foldClose(state, closing(state), removed, 7);
  expect(pinOf(state)).toBe(found.path);
});

test('a person names another restore point: it is restored, whatever turns up after all', () => {
  const state = unsure();
  register(state);
  acceptRetry(state, 7);
  expect(state.job?.lossAccepted).toBe(true);
  foldRecordEnd(state, { kind: 'recorded', end, found, stops: [] }, 8);
  foldClose(state, closing(state), { ...removed, found, uncertain: why }, 9);
  expect(state.unread).toBeUndefined();
  expect(pinOf(state)).toBe('s3://b/copy');
});

test('restoreStrategy NONE accepts the loss: a start from nothing; without one the question stays', () => {
  const state = unsure();
  patch(state, { restoreStrategy: { kind: 'NONE' } });
  foldRecordEnd(state, { kind: 'recorded', end, stops: [] }, 6);
  foldClose(state, closing(state), { ...removed, uncertain: why }, 7);
  expect(state.unread).toHaveLength(1);
  patch(state, { restoreStrategy: { kind: 'LATEST_STATE' } });
  expect(decide(state).step).toBe('close-cluster');
  patch(state, { restoreStrategy: { kind: 'NONE' } });
  expect(pinOf(state)).toBeUndefined();
});

test('a force removes what nobody could read, and remembers it before anything is restored', () => {
  const state = unsure();
  acceptForceCancel(state, 5);
  rest(state);
  foldClose(state, closing(state), { ...removed, uncertain: why }, 6);
  expect(rest(state).status.state).toBe('CANCELLED');
  patch(state, { state: 'RUNNING' });
  const unread = closing(state);
  foldClose(state, unread, { kind: 'uncertain', why }, 7);
  expect(rest(state).status.failure?.reason).toBe('RESTORE_POINT_UNCERTAIN');
  register(state);
  expect(toClose(state)).toEqual([]);
  acceptRetry(state, 8);
  expect(pinOf(state)).toBe('s3://b/copy');
});

test('what a force left behind is read, once it can be, before anything is restored', () => {
  const state = unsure();
  acceptForceCancel(state, 5);
  rest(state);
  foldClose(state, closing(state), { kind: 'left-over', why: 'away', uncertain: why }, 6);
  rest(state);
  patch(state, { state: 'RUNNING' });
  foldClose(state, closing(state), { ...removed, found }, 7);
  expect(pinOf(state)).toBe(found.path);
});

test('a cluster whose job may have run waits until the next wish, and keeps the best that is known', () => {
  const left = { record: jobRecord(6, 'STARTING'), endsAs: 'TERMINATED' as const, why: 'given up' };
  const state = stateOf(document, { closing: [{ ...left, proven: false, mayHaveRun: true }] });
  foldClose(state, closing(state), { kind: 'uncertain', why, found }, 3);
  expect(rest(state).status.state).toBe('FAILED');
  expect(decide(state).step).toBe('wait');
  expect(state.restorePoints.at(-1)?.path).toBe(found.path);
  acceptRetry(state, 4);
  expect(closing(state).record.id).toBe(left.record.id);
});

test('a cancel that does not know what the job left keeps the job, ended', () => {
  const state = stateOf(documentOf({ state: 'CANCELLED' }), { job: liveJob(document) });
  foldStop(state, { kind: 'stopped', end, proven: false, uncertain: why }, 3);
  expect(rest(state).status.failure?.reason).toBe('RESTORE_POINT_UNCERTAIN');
  acceptRetry(state, 4);
  expect(decide(state).step).toBe('record-end');
});

test("a stop that was given up long ago ranks by Flink's id, below what the job did after it (R02)", () => {
  const state = stateOf(document, { job: liveJob(document, { ended: end }) });
  const row = {
    id: 's',
    deploymentId: 'd1',
    namespace: 'default',
    specVersion: 1,
    origin: 'SUSPEND' as const,
    state: 'COMPLETED' as const,
    location: 's3://b/old',
  };
  const stops = [{ savepoint: row, checkpointId: 3 }];
  foldRecordEnd(state, { kind: 'recorded', end, found, stops }, 4);
  expect(state.restorePoints.map(({ path }) => path)).toEqual(['s3://b/old', found.path]);
  expect(state.transition.kind).toBe('recovery');
});
