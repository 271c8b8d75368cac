import { describe, expect, test } from 'vitest';
import { operationReply, toOperation } from './savepoint-operation.ts';

const read = (body: unknown) => toOperation(operationReply.parse(body));
const completed = (operation: unknown) => read({ status: { id: 'COMPLETED' }, operation });
const failure = (className: string, trace: string) =>
  completed({
    'failure-cause': {
      class: className,
      'stack-trace': trace,
      'serialized-throwable': 'rO0A'.repeat(9),
    },
  });

const stopping =
  'org.apache.flink.runtime.scheduler.stopwithsavepoint.StopWithSavepointStoppingException';
const path = 'file:/state/savepoint-aaaaaa-cb03f2969efb';
const message = `A savepoint has been created at: ${path}, but the corresponding job aaaa failed during stopping. The savepoint is consistent, but might have uncommitted transactions. If you want to commit the transaction please restart a job from this savepoint.`;
const frames = '\n\tat java.base/java.util.concurrent.X.y(X.java:1)\n';

test('an operation in progress has no outcome', () => {
  expect(read({ status: { id: 'IN_PROGRESS' }, operation: null })).toEqual({
    status: 'in-progress',
  });
});

test('a completed one has a location, with any blanks a path may have', () => {
  expect(completed({ location: 's3://bucket/a b/savepoint-1' })).toEqual({
    status: 'completed',
    location: 's3://bucket/a b/savepoint-1',
  });
});

test.each([
  null,
  {},
  { location: null },
  { location: '' },
  { location: '<checkpoint-not-externally-addressable>' },
  { location: 'relative/path' },
  { location: 'file:/a\u0000b' },
])('COMPLETED with %j is no success (F19)', (operation) => {
  expect(completed(operation)).toEqual({
    status: 'failed',
    cause: 'Flink reported the savepoint as completed without its location.',
    unlocated: true,
  });
});

describe('a savepoint that exists although the stop failed keeps its path (R02)', () => {
  const found = { status: 'failed', location: path };

  test('as measured on 1.20.5 and 2.3.0: wrapped in a CompletionException', () => {
    const trace = `java.util.concurrent.CompletionException: ${stopping}: ${message}${frames}Caused by: ${stopping}: ${message}${frames}\t... 5 more\n`;
    expect(failure('java.util.concurrent.CompletionException', trace)).toMatchObject(found);
  });

  test('plain', () => {
    expect(failure(stopping, `${stopping}: ${message}${frames}`)).toEqual({
      ...found,
      cause: `${stopping}: ${message}`,
    });
  });

  test('only in the text of a cause, under another class, with a cause below it', () => {
    const trace = `org.apache.flink.util.SerializedThrowable: x${frames}Caused by: a.Other: ${message}${frames}Caused by: b.Root: sink refused to close${frames}`;
    expect(failure('org.apache.flink.util.SerializedThrowable', trace)).toEqual({
      ...found,
      cause: 'b.Root: sink refused to close',
    });
  });

  test('without a path it is a failure without a location', () => {
    const operation = failure(stopping, `${stopping}: the job failed${frames}`);
    expect(operation).toEqual({ status: 'failed', cause: `${stopping}: the job failed` });
  });
});

test('a job that Flink does not find is told apart from other failures (flink.md 5)', () => {
  const name = 'org.apache.flink.runtime.messages.FlinkJobNotFoundException';
  const trace = `java.util.concurrent.CompletionException: ${name}: Could not find Flink job (aa)${frames}Caused by: ${name}: Could not find Flink job (aa)${frames}`;
  expect(failure('java.util.concurrent.CompletionException', trace)).toEqual({
    status: 'failed',
    jobNotFound: true,
    cause: `${name}: Could not find Flink job (aa)`,
  });
});

test('the serialized throwable never gets into the cause', () => {
  expect(JSON.stringify(failure('a.B', `a.B: no${frames}`))).not.toContain('rO0A');
});
