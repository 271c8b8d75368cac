import { describe, expect, test } from 'vitest';
import { applyDecision, isPure } from './apply-decision.ts';
import { decide } from './decide.ts';
import { foldClose } from './fold-close.ts';
import { foldStock } from './fold-stock.ts';
import type { DeploymentState } from './state.ts';
import { documentOf, jobRecord, liveJob, stateOf } from './testing/states.ts';
import {
  acceptForceCancel,
  acceptRetry,
  acceptSignalledChange,
  acceptSignalledSavepoint,
  reviewDelete,
} from './wishes.ts';

const document = documentOf();
const record = liveJob(document).record;
const running = (): DeploymentState =>
  stateOf(document, {
    job: liveJob(document),
    status: { state: 'RUNNING', running: { jobId: record.id, transitionTime: 1 } },
  });

const lastEvent = (state: DeploymentState) => state.outbox.events.at(-1);

describe('forceCancel (reliability.md 2.2 rule 4)', () => {
  test('it gives the job up at once', () => {
    const state = running();
    acceptForceCancel(state, 2);
    expect(decide(state).step).toBe('abandon-job');
    expect(state.document.spec.state).toBe('CANCELLED');
    expect(state.status.state).toBe('TRANSITIONING');
  });

  test('who wants RUNNING afterwards wants evidence again: the force is over', () => {
    const state = running();
    acceptForceCancel(state, 2);
    for (let next = decide(state); isPure(next); next = decide(state))
      applyDecision(state, next, 3);
    acceptSignalledChange(state, 'setState', { spec: { state: 'RUNNING' } }, 4);
    expect(state.force).toBe(false);
    expect(state.closing).toMatchObject([{ proven: false }]);
    expect(decide(state).step).toBe('close-cluster');
  });

  test('before stock was taken: what the predecessor left is looked up, removed and named first (S5, S9)', () => {
    const state = stateOf(document, { job: liveJob(document), mustTakeStock: true });
    acceptForceCancel(state, 2);
    expect(decide(state).step).toBe('take-stock');
    delete state.job;
    foldStock(
      state,
      { open: [jobRecord(5, 'STARTING')], highestSequence: 5, savepoints: [], strangers: [] },
      2,
    );
    const next = decide(state);
    if (next.step !== 'close-cluster') throw new Error(`${next.step} is next`);
    foldClose(state, next.job, { kind: 'left-over', why: 'c5 on target local' }, 3);
    expect(lastEvent(state)?.message).toContain('c5 on target local');
    expect(decide(state)).toMatchObject({ step: 'settle', status: 'CANCELLED' });
  });

  test('also of a Deployment that was CANCELLED when its workflow was lost', () => {
    const status = { state: 'CANCELLED' } as const;
    const state = stateOf(documentOf({ state: 'CANCELLED' }), { status, mustTakeStock: true });
    acceptForceCancel(state, 2);
    expect(state.force).toBe(true);
    expect(decide(state).step).toBe('take-stock');
  });

  test('with nothing left it is an event and nothing else', () => {
    const cancelled = stateOf(documentOf({ state: 'CANCELLED' }), {
      status: { state: 'CANCELLED' },
    });
    acceptForceCancel(cancelled, 2);
    expect(lastEvent(cancelled)?.message).toContain('nothing is left to cancel');
    expect(cancelled.force).toBe(false);
  });
});

describe('signals that cannot be followed leave an event (M36, F64)', () => {
  test.for([null, 'x', [], { spec: 'x' }, { spec: { state: 'NO' } }, { spec: { template: null } }])(
    'a change of %j',
    (body) => {
      const state = running();
      const before = JSON.stringify([state.document, state.status, state.transition]);
      acceptSignalledChange(state, 'patchSpec', body, 2);
      expect(lastEvent(state)?.message).toMatch(/^Signal patchSpec was ignored: /);
      expect(JSON.stringify([state.document, state.status, state.transition])).toBe(before);
    },
  );

  test('retry of what has not failed, a savepoint of what does not run', () => {
    const state = running();
    acceptRetry(state, 2);
    expect(lastEvent(state)?.message).toContain('only a FAILED Deployment is retried');
    const idle = stateOf(documentOf({ state: 'CANCELLED' }), { status: { state: 'CANCELLED' } });
    acceptSignalledSavepoint(idle, 2);
    expect(lastEvent(idle)?.message).toContain('no job of the Deployment is running');
  });
});

test('a signal that would make the document too large is refused like a request (M36, N16)', () => {
  const state = running();
  const template = {
    spec: { flinkConfiguration: { 'pipeline.global-job-parameters': 'x'.repeat(140_000) } },
  };
  acceptSignalledChange(state, 'patchSpec', { spec: { template } }, 2);
  expect(lastEvent(state)?.message).toMatch(/ignored: the Deployment is 14\d{4} bytes/);
  expect(state.document).toEqual(document);
});

describe('deleting (api.md 3.9)', () => {
  const at = (over: Partial<DeploymentState>, state = 'CANCELLED') =>
    reviewDelete(stateOf(documentOf({ state }), { status: { state: 'CANCELLED' }, ...over }), {
      requestId: 'r',
    })?.kind;

  test('only when nothing runs, nothing is left to remove and nothing is under way', () => {
    expect(at({})).toBeUndefined();
    expect(at({ job: liveJob(document) })).toBe('notPossible');
    expect(at({ status: { state: 'TRANSITIONING' } })).toBe('notPossible');
    expect(at({ inFlight: { step: 's', reason: 'r', since: 1, wish: 1 } })).toBe('notPossible');
    expect(at({}, 'RUNNING')).toBe('notPossible');
    expect(at({ mustTakeStock: true })).toBe('notPossible');
  });

  test('who was lost in the middle of it looks at what is left before the rows go (S5)', () => {
    const state = stateOf(documentOf({ state: 'CANCELLED' }), {
      deleted: true,
      mustTakeStock: true,
    });
    expect(decide(state).step).toBe('take-stock');
    foldStock(state, { open: [], highestSequence: 5, savepoints: [], strangers: [] }, 2);
    expect(decide(state).step).toBe('end');
  });

  test('of another version of it: a conflict', () => {
    const state = stateOf(documentOf({ state: 'CANCELLED' }), { status: { state: 'CANCELLED' } });
    const request = { requestId: 'r', ifResourceVersion: 7 };
    expect(reviewDelete(state, request)?.kind).toBe('conflict');
  });
});
