import { describe, expect, test } from 'vitest';
import { type JobState, jobStates, terminalJobStates } from '../core/vocabulary.ts';
import { nextJob, nextSavepoint } from './precedence.ts';
import { aDeployment, aJob, aSavepoint } from './testing/records.ts';

const deployment = aDeployment();
const job = (state: JobState, revision: number, fence = 1) => ({
  record: aJob(deployment, { id: 'j', state, spec: { revision } }),
  fence,
  revision,
});

describe('which of two writes of a Job is stored', () => {
  test.each(terminalJobStates)('%s is final (S28)', (state) => {
    for (const other of jobStates) expect(nextJob(job(state, 1), job(other, 2, 2))).toBeUndefined();
  });

  test('each pair of states goes one way only', () => {
    const open = jobStates.filter((state) => !terminalJobStates.includes(state));
    for (const before of open) {
      for (const after of jobStates.filter((state) => state !== before)) {
        const forth = nextJob(job(before, 1), job(after, 2)) !== undefined;
        const back = nextJob(job(after, 1), job(before, 2)) !== undefined;
        expect([before, after, forth !== back]).toEqual([before, after, true]);
      }
    }
  });

  test('in the same state the later write counts, by fence and then by revision', () => {
    const stored = job('STARTED', 5, 2);
    const isStored = (revision: number, fence: number) =>
      nextJob(stored, job('STARTED', revision, fence)) !== undefined;
    expect([isStored(4, 2), isStored(5, 2), isStored(6, 2)]).toEqual([false, true, true]);
    expect([isStored(9, 1), isStored(1, 3)]).toEqual([false, true]);
  });
});

test('a savepoint that was given up and completed after all is COMPLETED, in any order of arrival (R16)', () => {
  const row = aSavepoint(deployment);
  const failed = { record: { ...row, state: 'FAILED' as const }, fence: 1, revision: 1 };
  const done = { ...row, state: 'COMPLETED' as const, location: 'file:/a' };
  const completed = { record: done, fence: 1, revision: 2 };
  expect(nextSavepoint(failed, completed)).toEqual(done);
  expect(nextSavepoint(completed, failed)).toBeUndefined();
});

test('a Job keeps what it was made with, whatever a later write carries of it (S12)', () => {
  const made = { flinkConfiguration: { a: '1', b: '2' }, parallelism: 2 };
  const lean = { flinkConfiguration: { a: '1' }, savepointLocation: 'file:/s' };
  const stored = { ...job('STARTING', 1), record: { ...job('STARTING', 1).record, spec: made } };
  const later = { ...job('STARTED', 2), record: { ...job('STARTED', 2).record, spec: lean } };
  expect(nextJob(stored, later)).toMatchObject({
    state: 'STARTED',
    spec: { ...made, savepointLocation: 'file:/s' },
  });
});
