import { describe, expect, test } from 'vitest';
import type { SavepointRecord } from '../records.ts';
import { decide } from './decide.ts';
import { foldClose } from './fold-close.ts';
import { foldStock, noteDecided } from './fold-stock.ts';
import type { SavepointFate } from './steps.ts';
import {
  closingJob,
  documentOf,
  jobRecord,
  liveJob,
  savepointAt,
  stateOf,
} from './testing/states.ts';

const document = documentOf();
const job = liveJob(document);

const record = (over: Partial<SavepointRecord> = {}): SavepointRecord => ({
  id: 'left',
  deploymentId: 'd1',
  namespace: 'default',
  jobId: job.record.id,
  specVersion: 1,
  origin: 'SUSPEND',
  state: 'STARTED',
  ...over,
});

const stock = (fate: SavepointFate, over: Partial<SavepointRecord> = {}) => ({
  open: [],
  highestSequence: 3,
  savepoints: [{ record: record(over), sequence: 3, attempt: 1, fate }],
  strangers: [],
});

const completed: SavepointFate = { kind: 'completed', location: 'file:///left', checkpointId: 9 };
const open: SavepointFate = { kind: 'open', why: 'Flink is silent' };
const impossible: SavepointFate = {
  kind: 'impossible',
  failure: { reason: 'INTERRUPTED', message: 'Flink was not asked for it' },
};

describe('a savepoint that nobody waits for (R18)', () => {
  test('that can not be any more is FAILED, and said to be once', () => {
    const state = stateOf(document, { job });
    foldStock(state, stock(impossible), 2);
    expect(state.outbox.savepoints).toMatchObject([{ id: 'left', state: 'FAILED' }]);
    expect(state.outbox.events).toHaveLength(1);
    expect(state.openSavepoints).toBeUndefined();
  });

  test('that nobody can tell of stays open while its job is held, and is asked about when its cluster goes', () => {
    const closing = { ...closingJob(false), record: job.record };
    const state = stateOf(document, { closing: [closing], mustTakeStock: true });
    foldStock(state, stock(open), 2);
    expect(state.outbox.savepoints).toEqual([]);
    expect(state.mustTakeStock).toBe(false);
    foldClose(state, closing, { kind: 'closed', evidence: 'gone' }, 3);
    expect(decide(state).step).toBe('take-stock');
    foldStock(state, stock(open), 4);
    expect(state.outbox.savepoints).toMatchObject([
      { state: 'FAILED', failure: { reason: 'RESTORE_POINT_UNCERTAIN' } },
    ]);
    expect(state.openSavepoints).toBeUndefined();
  });

  test('a stop that succeeded ends the live job: its end is recorded with it, not by taking stock (2.4)', () => {
    const state = stateOf(document, { job });
    foldStock(state, stock(completed), 2);
    expect(state.openSavepoints).toEqual([{ id: 'left', jobId: job.record.id, stop: true }]);
    expect(state.restorePoints).toEqual([]);
    noteDecided(state, 'left');
    expect(state.openSavepoints).toBeUndefined();
  });

  test('of a job that has ended: a restore point, and the newest is not passed over by a start (S3)', () => {
    const state = stateOf(document, { restorePoints: [savepointAt(1)] });
    state.transition.pin = { path: 'file:///old', reason: 'before', allowNonRestoredState: false };
    foldStock(state, stock(completed), 2);
    expect(state.outbox.savepoints).toMatchObject([
      { state: 'COMPLETED', location: 'file:///left' },
    ]);
    expect(state.restorePoints.at(-1)).toMatchObject({ path: 'file:///left', rank: [3, 1, 9, 0] });
    expect(state.transition.pin).toBeUndefined();
  });

  test("a user's savepoint is complete beside a live job; one that is still to be taken is left alone", () => {
    const byUser = { origin: 'USER_REQUEST' } as const;
    const state = stateOf(document, { job });
    foldStock(state, stock(completed, byUser), 2);
    expect(state.outbox.savepoints).toMatchObject([{ state: 'COMPLETED' }]);
    const waiting = stateOf(document, { job, requestedSavepoints: [{ record: record(byUser) }] });
    foldStock(waiting, stock(impossible, byUser), 2);
    expect(waiting.outbox.savepoints).toEqual([]);
  });
});

test('a Job that nobody holds goes, and no id is used twice (F65)', () => {
  const state = stateOf(document, { job });
  const lost = jobRecord(9, 'STARTING');
  foldStock(
    state,
    { open: [job.record, lost], highestSequence: 9, savepoints: [], strangers: [] },
    2,
  );
  expect(state.closing).toMatchObject([{ record: lost, proven: false, mayHaveRun: true }]);
  expect(state.counters.jobSequence).toBe(9);
});
