import { ApplicationFailure, Context } from '@temporalio/activity';
import { SluiceError } from '../src/core/errors/index.ts';

/** How often a working activity says that it lives; well below every heartbeat time-out (temporal.md trap 14). */
const heartbeatMs = 2_000;

/**
 * Runs an effect: heartbeats while it works, hands it the signal that ends its calls, and says outcomes of the domain as
 * failures that are not retried. Everything else is transport: thrown on, and retried by Temporal within its time.
 */
export async function runActivity<T>(
  work: (signal: AbortSignal) => Promise<T>,
  details?: () => unknown,
): Promise<T> {
  const context = Context.current();
  const beat = setInterval(() => context.heartbeat(details?.()), heartbeatMs);
  try {
    return await work(context.cancellationSignal);
  } catch (error) {
    throw asFailure(error);
  } finally {
    clearInterval(beat);
  }
}

/** The one mapping of our errors to Temporal's (style.md 7). Texts are cut below Temporal's own limit. */
function asFailure(error: unknown): unknown {
  if (!(error instanceof SluiceError) || error.retryable) return error;
  return ApplicationFailure.create({
    type: error.code,
    message: error.message.slice(0, 3_000),
    nonRetryable: true,
  });
}
