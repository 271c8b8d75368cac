import { z } from 'zod';
import type { SavepointOperation } from './client.ts';
import { rootCause } from './root-cause.ts';

/** `/jobs/:id/savepoints/:trigger`, of savepoints and of stops. */
export const operationReply = z.object({
  status: z.object({ id: z.enum(['IN_PROGRESS', 'COMPLETED']) }),
  operation: z
    .object({
      location: z.string().nullish(),
      // `serialized-throwable`, kilobytes of base64 beside them, is not read.
      'failure-cause': z
        .object({ class: z.string().nullish(), 'stack-trace': z.string().nullish() })
        .nullish(),
    })
    .nullish(),
});

/**
 * Text of StopWithSavepointStoppingException since Flink 1.15. It names a consistent savepoint although the operation
 * failed; it may stand in any throwable of the trace (R02).
 */
const savepointInFailure =
  /A savepoint (?:has been|was) created at: (.+?), but the corresponding job/;

/** COMPLETED only means that the operation ended: it may have failed, and failed with a good savepoint (flink.md 5). */
export function toOperation({
  status,
  operation,
}: z.infer<typeof operationReply>): SavepointOperation {
  if (status.id === 'IN_PROGRESS') return { status: 'in-progress' };
  const failure = operation?.['failure-cause'];
  if (failure) return toFailure(failure.class ?? '', failure['stack-trace'] ?? '');
  const location = operation?.location;
  if (location && isLocation(location)) return { status: 'completed', location };
  // Never a success without an address (F19).
  return {
    status: 'failed',
    cause: 'Flink reported the savepoint as completed without its location.',
    unlocated: true,
  };
}

function toFailure(className: string, trace: string): SavepointOperation {
  const location = savepointInFailure.exec(trace)?.[1];
  const jobNotFound = `${className}\n${trace}`.includes('FlinkJobNotFoundException');
  return {
    status: 'failed',
    cause: rootCause([className, trace]),
    ...(location && isLocation(location) && { location }),
    ...(jobNotFound && { jobNotFound }),
  };
}

/** An absolute path or a URI; a name in `<…>` is none (R22). */
const isLocation = (text: string): boolean => /^(\/|[a-z][a-z0-9+.-]*:\/)[^\p{Cc}]+$/iu.test(text);
