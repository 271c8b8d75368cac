import {
  ActivityFailure,
  ApplicationFailure,
  RetryState,
  TimeoutFailure,
  TimeoutType,
} from '@temporalio/common';
import { expect, test } from 'vitest';
import { attemptFailure, stepFailureOf } from './failure.ts';

const ofActivity = (retryState: RetryState, cause: Error) =>
  new ActivityFailure('Activity task failed', 'awaitJob', '1', retryState, undefined, cause);

test('an outcome of the domain is told by its code and its own words', () => {
  const refused = ApplicationFailure.nonRetryable('no such class: a.Main', 'JOB_START_FAILED');
  const failure = { reason: 'JOB_START_FAILED', message: 'no such class: a.Main' };
  const seen = ofActivity(RetryState.NON_RETRYABLE_FAILURE, refused);
  expect(stepFailureOf(seen)).toEqual(failure);
  expect(stepFailureOf(attemptFailure(2, failure))).toEqual(failure);
});

test('an outage that lasted too long ends with what was waited for, by the last heartbeat', () => {
  const heartbeat = { spentMs: 1, stand: { what: 'the target does not answer', since: 2 } };
  const late = new TimeoutFailure('ScheduleToClose', heartbeat, TimeoutType.SCHEDULE_TO_CLOSE);
  expect(stepFailureOf(ofActivity(RetryState.TIMEOUT, late))).toEqual({
    reason: 'DEPENDENCY_UNAVAILABLE',
    message: 'something Sluice depends on did not answer in time: the target does not answer',
  });
});

test('and so does one in which call after call failed: that is no outcome, and no code of its own', () => {
  const lost = ApplicationFailure.retryable('connect ECONNREFUSED 127.77.0.1', 'Unreachable');
  expect(stepFailureOf(ofActivity(RetryState.TIMEOUT, lost))).toEqual({
    reason: 'DEPENDENCY_UNAVAILABLE',
    message: 'something Sluice depends on did not answer in time: connect ECONNREFUSED 127.77.0.1',
  });
});
