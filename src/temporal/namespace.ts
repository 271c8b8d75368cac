import { setTimeout as sleep } from 'node:timers/promises';
import { isGrpcServiceError, ServiceError } from '@temporalio/client';
import type { Logger } from 'pino';
import { Refused, SluiceError } from '../core/errors/index.ts';
import { ensureSearchAttributes, type SearchAttributesOptions } from './search-attributes.ts';

export interface NamespaceOptions extends SearchAttributesOptions {
  /** For the log. */
  address: string;
  log: Logger;
  /** Ends the wait. */
  stop: AbortSignal;
}

const callMs = 5_000;

/**
 * Waits, however long, until Temporal answers, and says so in the log. Then it must know the namespace and our search
 * attributes. To be asked before a worker is made: one that cannot be made leaves threads behind.
 * @throws {Refused} TEMPORAL_UNAVAILABLE: waiting does not help; with the command that makes what is missing.
 * @throws an AbortError when `stop` came first.
 */
export async function awaitNamespace(options: NamespaceOptions): Promise<void> {
  const { connection, address, log, stop } = options;
  for (let waitMs = 250; ; waitMs = Math.min(waitMs * 2, 10_000)) {
    stop.throwIfAborted();
    try {
      return await connection.withDeadline(Date.now() + callMs, () => ensureNamespace(options));
    } catch (error) {
      if (error instanceof SluiceError) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      log.warn({ address, reason, waitMs }, 'temporal is not reachable');
      await sleep(waitMs, undefined, { signal: stop });
    }
  }
}

async function ensureNamespace(options: NamespaceOptions): Promise<void> {
  const { connection, namespace } = options;
  try {
    await connection.workflowService.describeNamespace({ namespace });
  } catch (error) {
    throw refusalOf(error, namespace) ?? error;
  }
  await ensureSearchAttributes(options);
}

/** Codes of gRPC that say no rather than nothing. */
const [notFound, permissionDenied, unauthenticated] = [5, 7, 16];

function refusalOf(error: unknown, namespace: string): Refused | undefined {
  const grpc = error instanceof ServiceError ? error.cause : error;
  if (!isGrpcServiceError(grpc)) return undefined;
  switch (grpc.code) {
    case notFound:
      return refusal(
        `Temporal has no namespace "${namespace}". Make it, wait up to 60 s, and start again: temporal operator namespace create --namespace ${namespace} --retention 30d`,
      );
    case permissionDenied:
    case unauthenticated:
      return refusal(
        `Temporal does not let Sluice into namespace "${namespace}" (${grpc.details}). Look at TEMPORAL_API_KEY and TEMPORAL_TLS_*`,
      );
    default:
      return undefined;
  }
}

const refusal = (message: string): Refused => new Refused('TEMPORAL_UNAVAILABLE', message);
