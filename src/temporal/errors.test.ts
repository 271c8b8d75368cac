import { ServiceError, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure, NamespaceNotFoundError } from '@temporalio/common';
import { expect, test } from 'vitest';
import { Refused, Unreachable, ValidationFailed } from '../core/errors/index.ts';
import { fromTemporal } from './errors.ts';

/** As gRPC throws it. */
const grpc = (code: number, details: string) =>
  Object.assign(new Error(`${code}: ${details}`), { code, details, metadata: {} });
const refused = (failure: object) =>
  new WorkflowUpdateFailedError('Workflow Update failed', ApplicationFailure.create(failure));

test.each([
  [1, 'cancelled'],
  [2, 'unknown'],
  [4, 'deadline exceeded'],
  [7, 'permission denied'],
  [8, 'namespace rate limit exceeded'],
  [9, 'Workflow Task in failed state'],
  [13, 'internal'],
  [14, 'connection refused'],
  [16, 'unauthenticated'],
])('gRPC code %i (%s) says that Temporal cannot answer now (trap 4)', (code, details) => {
  for (const error of [
    grpc(code, details),
    new ServiceError('x', { cause: grpc(code, details) }),
  ]) {
    const mapped = fromTemporal(error);
    expect(mapped).toBeInstanceOf(Unreachable);
    expect(mapped).toMatchObject({ code: 'TEMPORAL_UNAVAILABLE', retryable: true, cause: error });
    expect(String(mapped)).toContain(details);
  }
});

test.each([3, 5, 6, 11, 12])('gRPC code %i is a mistake of ours and stays one', (code) => {
  const error = new ServiceError('x', { cause: grpc(code, 'details') });
  expect(fromTemporal(error)).toBe(error);
});

test('a namespace that is not there is an outage, not a missing Deployment', () => {
  expect(fromTemporal(new NamespaceNotFoundError('prod'))).toMatchObject({
    code: 'TEMPORAL_UNAVAILABLE',
    message: expect.stringContaining('"prod" does not exist'),
  });
});

test('a run that closed under an accepted update asks for a repeat', () => {
  const error = refused({ type: 'AcceptedUpdateCompletedWorkflow', message: 'closed' });
  expect(fromTemporal(error)).toBeInstanceOf(Unreachable);
});

test('a refusal as invalid names its fields, and is one even without them', () => {
  const problems = [{ field: 'spec.state', message: 'is wrong' }];
  const named = fromTemporal(refused({ type: 'Invalid', message: 'm', details: [{ problems }] }));
  expect(named).toBeInstanceOf(ValidationFailed);
  expect(named).toMatchObject({ problems });
  const bare = fromTemporal(refused({ type: 'Invalid', message: 'no field' }));
  expect(bare).toMatchObject({ problems: [{ field: 'request', message: 'no field' }] });
});

test('our own errors and unknown ones pass as they are', () => {
  const own = new Refused('NAME_TAKEN', 'taken');
  const bug = new TypeError('x is undefined');
  const strange = refused({ type: 'SomethingNew', message: 'm' });
  for (const error of [own, bug, strange]) expect(fromTemporal(error)).toBe(error);
});
