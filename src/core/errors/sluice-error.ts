import type { ErrorCode } from '../vocabulary.ts';

/**
 * Base of every error Sluice raises on purpose. `message` says what happened, to which thing and what to do next;
 * it never holds a secret or a stack trace. Mapped once to HTTP (`api/`) and once to `ApplicationFailure` (`activities/`).
 */
export abstract class SluiceError extends Error {
  /** Stable code, listed in `docs/errors.md`. */
  abstract readonly code: ErrorCode;
  /** True: the same call may succeed later (transport, outage). False: an outcome, decided by what was asked. */
  abstract readonly retryable: boolean;
}
