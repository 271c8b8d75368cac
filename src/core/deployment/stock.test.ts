import { expect, test } from 'vitest';
import { decide } from './decide.ts';
import { foldStock } from './fold-stock.ts';
import { planStep } from './plan.ts';
import type { DeploymentState } from './state.ts';
import { documentOf, jobRecord, savepointAt, stateOf } from './testing/states.ts';

/** A STATEFUL upgrade whose savepoint is taken: the standby is about to get its job. */
function upgrading(): DeploymentState {
  const document = documentOf();
  const standby = { spec: document.spec, record: jobRecord(5, 'STANDBY'), attempt: 1 };
  return stateOf(document, { standby, restorePoints: [savepointAt(1)] });
}

/** The workflow is lost and made again from what it had stored last. */
const lost = (state: DeploymentState, wanted?: 'SUSPENDED' | 'CANCELLED'): DeploymentState => ({
  ...state,
  fence: state.fence + 1,
  mustTakeStock: true,
  document: documentOf(wanted ? { state: wanted } : {}),
});

test.for(['SUSPENDED', 'CANCELLED', undefined] as const)(
  'lost while the standby starts, then %s: its job is taken for one that may have run (S2, S3)',
  (wanted) => {
    const before = upgrading();
    planStep(before, decide(before), 1);
    const state = lost(before, wanted);
    const { record } = state.standby as NonNullable<DeploymentState['standby']>;
    expect(record.state).toBe('STARTING');
    foldStock(state, { open: [record], highestSequence: 5, savepoints: [], strangers: [] }, 2);
    expect(state.standby).toBeUndefined();
    expect(state.closing).toMatchObject([{ record, proven: false, mayHaveRun: true }]);
    expect(decide(state).step).toBe('close-cluster');
  },
);

test('an attempt that the step made besides goes too, and the next start has ids of its own (S23, F65)', () => {
  const before = upgrading();
  planStep(before, decide(before), 1);
  const state = lost(before);
  const second = { ...jobRecord(5, 'STARTING'), id: 'attempt-2', attempt: 2 };
  foldStock(state, { open: [second], highestSequence: 5, savepoints: [], strangers: [] }, 2);
  expect(state.closing.map(({ record }) => record.attempt).toSorted()).toEqual([1, 2]);
  state.closing = [];
  expect(planStep(state, decide(state), 2)).toMatchObject({
    step: 'start-job',
    name: 'start-job/6',
    input: { sequence: 6, firstAttempt: 1 },
  });
});

test('a standby that was not started is still warm, and is used', () => {
  const state = lost(upgrading());
  foldStock(
    state,
    { open: [jobRecord(5, 'STANDBY')], highestSequence: 5, savepoints: [], strangers: [] },
    2,
  );
  expect(state.closing).toEqual([]);
  expect(decide(state)).toMatchObject({ step: 'start-job' });
});
