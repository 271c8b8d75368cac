import fc from 'fast-check';
import { expect, test } from 'vitest';
import { currentDetails, explain, readProgress } from './explain.ts';
import { documentOf, liveJob, stateOf } from './testing/states.ts';

const document = documentOf();
const running = stateOf(document, {
  job: liveJob(document),
  status: { state: 'RUNNING', running: { jobId: liveJob(document).record.id, transitionTime: 1 } },
});

test('at rest it says why nothing is to be done', () => {
  expect(explain(running)).toEqual({
    desired: 'RUNNING',
    status: 'RUNNING',
    step: 'wait',
    reason: 'the job runs as it should',
    advice: 'Nothing is to be done.',
  });
});

test('in a step it says since when, which attempt, the next try and the last error (M35)', () => {
  const busy = stateOf(document, {
    inFlight: { step: 'start-job', reason: 'it is wanted', since: 0, wish: 1, workflowId: 'w' },
  });
  const progress = { attempt: 2, limit: 4, nextTryAt: 1_000, lastError: 'no topic' };
  expect(explain(busy, progress)).toMatchObject({
    step: 'start-job',
    since: '1970-01-01T00:00:00.000Z',
    attempt: { number: 2, limit: 4, nextTryAt: '1970-01-01T00:00:01.000Z', lastError: 'no topic' },
    stepWorkflowId: 'w',
  });
  expect(currentDetails(busy, progress)).toContain('Attempt 2 of 4. Next try at 1970');
  expect(currentDetails(busy, progress)).toContain('Last error: no topic');
});

test('FAILED names the cause and the ways out', () => {
  const failure = { reason: 'JOB_FAILED', message: 'no topic', failedAt: 1 };
  const failed = stateOf(document, {
    status: { state: 'FAILED', failure },
    transition: {
      number: 1,
      kind: 'start',
      standbyRefused: false,
      failure: { ...failure, eventName: 'GENERAL_FAILURE' },
    },
  });
  expect(explain(failed).reason).toBe('failed: no topic');
  expect(explain(failed).advice).toContain('send the signal retry');
});

test('whatever is sent as progress, showing it never throws (F64)', () => {
  const busy = stateOf(document, {
    inFlight: { step: 'start-job', reason: 'it is wanted', since: 0, wish: 1 },
  });
  const progress = fc.record({
    attempt: fc.oneof(fc.double({ noNaN: true }), fc.string()),
    limit: fc.integer(),
    nextTryAt: fc.oneof(fc.double(), fc.constant(1e300), fc.string()),
    lastError: fc.oneof(fc.string(), fc.object()),
  });
  fc.assert(
    fc.property(fc.oneof(fc.anything(), progress), (told) => {
      expect(currentDetails(busy, readProgress(told)).length).toBeGreaterThan(0);
    }),
  );
});
