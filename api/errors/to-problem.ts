import { SluiceError, ValidationFailed } from '../../src/core/errors/index.ts';
import type { ApiErrorCode, ErrorCode } from '../../src/core/vocabulary.ts';
import { ApiProblem, type Problem, type ProblemStatus } from './api-problem.ts';

/**
 * The one mapping of errors to HTTP (api.md 1.9). Whatever is not listed is a fault of ours: an error that reached the
 * API without being meant for it, so its text stays in the log.
 */
const answers: Partial<Record<ErrorCode, readonly [ProblemStatus, ApiErrorCode]>> = {
  VALIDATION_FAILED: [400, 'INVALID_ARGUMENT'],
  DOCUMENT_TOO_LARGE: [413, 'INVALID_ARGUMENT'],
  DEPLOYMENT_NOT_FOUND: [404, 'NOT_FOUND'],
  NAME_TAKEN: [409, 'ALREADY_EXISTS'],
  NOT_POSSIBLE_NOW: [409, 'FAILED_PRECONDITION'],
  GENERATION_CONFLICT: [412, 'FAILED_PRECONDITION'],
  NO_ACTIVE_JOB: [400, 'INVALID_ARGUMENT'],
  TARGET_NOT_FOUND: [400, 'INVALID_ARGUMENT'],
  SAVEPOINT_NOT_CONFIGURED: [400, 'INVALID_ARGUMENT'],
  UNKNOWN_FLINK_VERSION: [400, 'INVALID_ARGUMENT'],
  ARTIFACT_REFUSED: [400, 'INVALID_ARGUMENT'],
  ARTIFACT_NOT_FOUND: [404, 'NOT_FOUND'],
  ARTIFACT_TOO_LARGE: [413, 'INVALID_ARGUMENT'],
  TARGET_UNREACHABLE: [503, 'UNAVAILABLE'],
  FLINK_UNREACHABLE: [503, 'UNAVAILABLE'],
  ARTIFACT_UNAVAILABLE: [503, 'UNAVAILABLE'],
  STORE_UNAVAILABLE: [503, 'UNAVAILABLE'],
  TEMPORAL_UNAVAILABLE: [503, 'UNAVAILABLE'],
};

/** Seconds a client should wait before it asks again: long enough for a fail-over, short enough for a script. */
const retryAfterSeconds = '5';

/** Turns whatever was thrown into an answer; the second part says whether it belongs into the log. */
export function toProblem(error: unknown, requestId: string): { problem: Problem; fault: boolean } {
  if (error instanceof ApiProblem) return { problem: error.problem, fault: false };
  const answer = error instanceof SluiceError ? answers[error.code] : undefined;
  if (!(error instanceof SluiceError) || answer === undefined) {
    return { problem: internal(requestId), fault: true };
  }
  const [status, code] = answer;
  return { problem: fromSluice(error, status, code), fault: status === 503 };
}

function fromSluice(error: SluiceError, status: ProblemStatus, code: ApiErrorCode): Problem {
  return {
    status,
    code,
    reason: error.code,
    message: error.message === '' ? `The request failed: ${error.code}.` : error.message,
    ...(error instanceof ValidationFailed ? { errors: error.problems } : {}),
    ...(status === 503 ? { headers: { 'Retry-After': retryAfterSeconds } } : {}),
  };
}

const internal = (requestId: string): Problem => ({
  status: 500,
  code: 'INTERNAL',
  reason: 'INTERNAL',
  message: `Sluice failed to handle this request. Try again; if it stays, look for request ${requestId} in the log.`,
});
