import {
  isGrpcServiceError,
  ServiceError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { ApplicationFailure, NamespaceNotFoundError } from '@temporalio/common';
import { z } from 'zod';
import { refusals } from '../../workflows/messages.ts';
import { Refused, SluiceError, Unreachable, ValidationFailed } from '../core/errors/index.ts';

/**
 * gRPC codes that mean a mistake of ours: INVALID_ARGUMENT, NOT_FOUND, ALREADY_EXISTS, OUT_OF_RANGE, UNIMPLEMENTED. All
 * others say that Temporal could not answer now, FAILED_PRECONDITION too: "workflow task in failed state" (temporal.md 2,
 * trap 4).
 */
const ourMistakes: readonly number[] = [3, 5, 6, 11, 12];

/** The server's failure of an update that was accepted by a run which then closed without finishing it. */
const runClosed = 'AcceptedUpdateCompletedWorkflow';

const problemsSchema = z.object({
  problems: z.array(z.object({ field: z.string(), message: z.string() })).min(1),
});

/**
 * The one mapping from what Temporal's client throws to the errors of `DeploymentCommands`. What is neither a refusal of
 * the workflow nor an outage stays as it is: a bug, to be seen as one.
 */
export function fromTemporal(error: unknown): unknown {
  if (error instanceof SluiceError) return error;
  if (error instanceof WorkflowUpdateFailedError) return refusalOf(error);
  if (error instanceof NamespaceNotFoundError) {
    return outage(`namespace "${error.namespace}" does not exist in Temporal`, error);
  }
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) {
    return outage('no worker answered in time', error);
  }
  const grpc = error instanceof ServiceError ? error.cause : error;
  if (!isGrpcServiceError(grpc) || ourMistakes.includes(grpc.code)) return error;
  return outage(grpc.details || grpc.message, error);
}

const outage = (what: string, cause: unknown): Unreachable =>
  new Unreachable(
    'TEMPORAL_UNAVAILABLE',
    `Temporal cannot take the request now (${what.slice(0, 300)}); send it again in a moment`,
    { cause },
  );

function refusalOf(error: WorkflowUpdateFailedError): unknown {
  const { cause } = error;
  if (!(cause instanceof ApplicationFailure)) return error;
  switch (cause.type) {
    case refusals.invalid:
      return new ValidationFailed(problemsOf(cause));
    case refusals.tooLarge:
      return new Refused('DOCUMENT_TOO_LARGE', cause.message);
    case refusals.conflict:
      return new Refused('GENERATION_CONFLICT', cause.message);
    case refusals.notPossible:
      return new Refused('NOT_POSSIBLE_NOW', cause.message);
    case refusals.noActiveJob:
      return new Refused('NO_ACTIVE_JOB', cause.message);
    case runClosed:
      return outage('the Deployment is being taken up anew', error);
    default:
      return error;
  }
}

function problemsOf(failure: ApplicationFailure): { field: string; message: string }[] {
  const parsed = problemsSchema.safeParse(failure.details?.[0]);
  return parsed.success ? parsed.data.problems : [{ field: 'request', message: failure.message }];
}
