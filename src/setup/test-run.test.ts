import { expect, test } from 'vitest';
import { closingLine, tallyOf } from './test-run.ts';

const report = (more: object = {}) =>
  JSON.stringify({
    success: true,
    numPassedTests: 7,
    numFailedTests: 0,
    numPendingTests: 0,
    numTodoTests: 0,
    testResults: [{ status: 'passed', assertionResults: [{}] }],
    ...more,
  });

test('the closing line has the form that scripts read', () => {
  expect(closingLine({ passed: 12, failed: 0, skipped: 0 })).toBe('12 passed, 0 failed');
  expect(closingLine({ passed: 1, failed: 2, skipped: 3 })).toBe('1 passed, 2 failed, 3 skipped');
});

test('passed, failed, skipped and todo tests are counted', () => {
  const some = report({ numFailedTests: 2, numPendingTests: 3, numTodoTests: 1 });
  expect(tallyOf(some, false)).toEqual({ passed: 7, failed: 2, skipped: 4 });
});

test('a test file that could not be loaded is a failure', () => {
  const testResults = [{ status: 'failed', assertionResults: [] }];
  expect(tallyOf(report({ testResults }), false).failed).toBe(1);
});

test('an error outside any test is a failure', () => {
  expect(tallyOf(report({ success: false }), false)).toEqual({ passed: 7, failed: 1, skipped: 0 });
});

test('a run without a report is a failure', () => {
  expect(tallyOf('', true)).toEqual({ passed: 0, failed: 1, skipped: 0 });
});
