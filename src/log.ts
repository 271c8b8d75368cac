import type { DestinationStream, Logger } from 'pino';
import { destination, pino, stdSerializers, stdTimeFunctions } from 'pino';

/** Constant message, fields beside it (style guide): `log.info({ deployment }, 'savepoint completed')`. */
export type Log = Logger;

/** Fields that may hold a secret, wherever they turn up in the first two levels of a log line (S19). */
const secretFields = [
  'token',
  'apiKey',
  'password',
  'secret',
  'authorization',
  'Authorization',
  'databaseUrl',
  'cookie',
];

/**
 * The logger of a process: one JSON line per entry, on standard error so that standard output is for people.
 * @param level as in `SLUICE_LOG_LEVEL`.
 */
export function createLog(level: string, sink: DestinationStream = destination(2)): Log {
  const paths = secretFields.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]);
  return pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: stdSerializers.err },
      redact: { paths, censor: '[redacted]' },
    },
    sink,
  );
}
