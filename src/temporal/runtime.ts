import type { LogLevel, LogMetadata, Logger as TemporalLogger } from '@temporalio/common';
import { Runtime, type TelemetryOptions } from '@temporalio/worker';
import type { Logger } from 'pino';
import { ValidationFailed } from '../core/errors/index.ts';

/**
 * Installs the native runtime of Temporal's workers, once per process and before any worker: its logs go into ours, and
 * signals stay ours (temporal.md 10).
 * @param metricsAddress `host:port` where the worker's own metrics are served to Prometheus; none by default.
 * @throws {ValidationFailed} that address cannot be listened on.
 */
export function installRuntime(log: Logger, metricsAddress?: string): void {
  const logging = { forward: {}, filter: { core: 'WARN', other: 'ERROR' } } as const;
  const install = (telemetryOptions: TelemetryOptions) =>
    Runtime.install({ shutdownSignals: [], logger: temporalLogger(log), telemetryOptions });
  if (metricsAddress === undefined) {
    install({ logging });
    return;
  }
  try {
    install({ logging, metrics: { prometheus: { bindAddress: metricsAddress } } });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const message = `${metricsAddress} cannot be listened on: ${why}`;
    throw new ValidationFailed([{ field: 'SLUICE_WORKER_METRICS_LISTEN', message }]);
  }
}

const levels = {
  TRACE: 'trace',
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  ERROR: 'error',
} as const satisfies Record<LogLevel, string>;

/** What Temporal logs, as entries of our log. */
export function temporalLogger(log: Logger): TemporalLogger {
  const write = (level: LogLevel, message: string, meta?: LogMetadata): void =>
    log[levels[level]](fieldsOf(meta), message);
  return {
    log: write,
    trace: (message, meta) => write('TRACE', message, meta),
    debug: (message, meta) => write('DEBUG', message, meta),
    info: (message, meta) => write('INFO', message, meta),
    warn: (message, meta) => write('WARN', message, meta),
    error: (message, meta) => write('ERROR', message, meta),
  };
}

/** Keys that are symbols are the SDK's own bookkeeping; its timestamps are bigints, which JSON does not know. */
const fieldsOf = (meta: LogMetadata | undefined): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(meta ?? {}).map(([key, value]) => [
      key,
      typeof value === 'bigint' ? String(value) : value,
    ]),
  );
