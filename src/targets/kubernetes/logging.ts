import { log4jProperties } from '../log4j.ts';

/** `log4j2.properties` of all containers of a cluster: to the console, where `kubectl logs` and collectors read. */
export const loggingProperties = (loggers: Readonly<Record<string, string>>): string =>
  log4jProperties(loggers, 'Console', [
    ['type', 'Console'],
    ['target', 'SYSTEM_OUT'],
  ]);
