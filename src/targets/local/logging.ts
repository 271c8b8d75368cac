import { log4jProperties } from '../log4j.ts';

/** A log of one process is at most this many files of this size. */
const rolling = { size: '10MB', olderFiles: 3 };

/** `log4j2.properties` of one process: one rolling file. @param file where it logs to. */
export const loggingProperties = (
  loggers: Readonly<Record<string, string>>,
  file: string,
): string =>
  log4jProperties(loggers, 'File', [
    ['type', 'RollingFile'],
    ['fileName', file],
    ['filePattern', `${file}.%i`],
    ['policies.type', 'Policies'],
    ['policies.size.type', 'SizeBasedTriggeringPolicy'],
    ['policies.size.size', rolling.size],
    ['strategy.type', 'DefaultRolloverStrategy'],
    ['strategy.max', String(rolling.olderFiles)],
  ]);
