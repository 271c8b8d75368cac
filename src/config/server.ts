import { z } from 'zod';
import { secret, setting } from './setting.ts';
import { hostAndPort, list, text } from './values.ts';

/** The process itself: where it listens, keeps its data, and logs. */
export const serverSettings = {
  SLUICE_LISTEN: setting(
    hostAndPort.prefault('127.0.0.1:8080'),
    'host:port',
    'Address of the API. Anything but loopback needs SLUICE_TOKEN.',
  ),
  SLUICE_TOKEN: secret(
    text.optional(),
    'text',
    'Bearer token every API call must carry. None: auth off.',
  ),
  SLUICE_DATA_DIR: setting(
    text.prefault('.sluice'),
    'directory',
    'Data of embedded parts, clusters, jars. One `sluice start` each.',
  ),
  SLUICE_CACHE_DIR: setting(
    text.optional(),
    'directory',
    'Flink runtimes and tools, shared by checkouts. Default ~/.cache/sluice.',
  ),
  SLUICE_NAMESPACES: setting(
    list.prefault('default'),
    'names, comma-separated',
    'Namespaces that exist; `default` always does.',
  ),
  SLUICE_LOG_LEVEL: setting(
    z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).prefault('info'),
    'trace, debug, info, warn, error or silent',
    'What is logged, on standard error.',
  ),
  DATABASE_URL: secret(
    z
      .string()
      .regex(/^postgres(ql)?:\/\//)
      .optional(),
    'postgres://…',
    'Store in Postgres; none: an SQLite file.',
  ),
};
