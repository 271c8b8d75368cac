import type { FieldProblem } from '../../src/core/errors/index.ts';
import type { ApiErrorCode } from '../../src/core/vocabulary.ts';

/** What an error reply says, before it is written (api.md 1.9). */
export interface Problem {
  status: ProblemStatus;
  code: ApiErrorCode;
  /** Stable, for programs: an `ErrorCode` of the vocabulary or one of the API's own (`NOT_FOUND`, `BODY_TOO_LARGE`). */
  reason: string;
  /** What happened and what to do next; never empty, never a secret or a stack. */
  message: string;
  errors?: readonly FieldProblem[];
  headers?: Readonly<Record<string, string>>;
}

export type ProblemStatus =
  | 400
  | 401
  | 403
  | 404
  | 405
  | 408
  | 409
  | 412
  | 413
  | 415
  | 429
  | 431
  | 500
  | 501
  | 503;

/** A refusal of the HTTP layer itself: path, verb, media type, size, token. Domain refusals are `SluiceError`s. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.message);
    this.problem = problem;
  }
}

/** 400 for a request that is wrong for good. */
export const badRequest = (reason: string, message: string, errors?: FieldProblem[]): ApiProblem =>
  new ApiProblem({
    status: 400,
    code: 'INVALID_ARGUMENT',
    reason,
    message,
    ...(errors === undefined ? {} : { errors }),
  });

/** 404 for something that does not exist; never for one that exists (api.md 1.9). */
export const notFound = (what: string): ApiProblem =>
  new ApiProblem({
    status: 404,
    code: 'NOT_FOUND',
    reason: 'NOT_FOUND',
    message: `${what} does not exist. Check the path, or create it first.`,
  });

/** 412: the resource changed since the client read it. */
export const preconditionFailed = (message: string): ApiProblem =>
  new ApiProblem({
    status: 412,
    code: 'FAILED_PRECONDITION',
    reason: 'GENERATION_CONFLICT',
    message,
  });
