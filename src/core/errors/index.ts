/** The errors that cross module borders. One small class each; `retryable` is what Temporal acts on. */
import type { ErrorCode } from '../vocabulary.ts';
import { SluiceError } from './sluice-error.ts';

export { SluiceError } from './sluice-error.ts';
export { systemReason } from './system-reason.ts';

/** Something we depend on did not answer. Says nothing about what runs there: unknown is not absent (S25). */
export class Unreachable extends SluiceError {
  override readonly name: string = 'Unreachable';
  readonly retryable = true;
  readonly code: ErrorCode;
  constructor(
    code:
      | 'TARGET_UNREACHABLE'
      | 'FLINK_UNREACHABLE'
      | 'STORAGE_UNAVAILABLE'
      | 'STORE_UNAVAILABLE'
      | 'TEMPORAL_UNAVAILABLE'
      | 'ARTIFACT_UNAVAILABLE',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.code = code;
  }
}

/** The cluster is held by another installation: a worker there must do it, so the call is given up here and tried again. */
export class HeldElsewhere extends Unreachable {
  override readonly name = 'HeldElsewhere';
  constructor(message: string) {
    super('TARGET_UNREACHABLE', message);
  }
}

/** An outcome of the domain: asking again the same way gives the same answer. `code` says which. */
export class Refused extends SluiceError {
  override readonly name = 'Refused';
  readonly retryable = false;
  readonly code: ErrorCode;
  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** One wrong field of a request: where (`spec.template.spec.parallelism`) and what is allowed. */
export interface FieldProblem {
  field: string;
  message: string;
}

/** A document that is wrong for good; every bad field is named (api.md 1.9, reliability.md 6). */
export class ValidationFailed extends SluiceError {
  override readonly name = 'ValidationFailed';
  readonly code = 'VALIDATION_FAILED';
  readonly retryable = false;
  readonly problems: readonly FieldProblem[];
  constructor(problems: readonly FieldProblem[]) {
    super(problems.map((problem) => `${problem.field} ${problem.message}`).join('; '));
    this.problems = problems;
  }
}
