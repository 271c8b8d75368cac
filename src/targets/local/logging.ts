/** A log of one process is at most this many files of this size. */
const rolling = { size: '10MB', olderFiles: 3 };

/**
 * `log4j2.properties` of one process: one rolling file, levels by logger name (`""` is the root logger).
 * @param file where it logs to.
 */
export function loggingProperties(loggers: Readonly<Record<string, string>>, file: string): string {
  const { '': root = 'INFO', ...named } = loggers;
  const settings: [key: string, value: string][] = [
    ['rootLogger.level', root],
    ['rootLogger.appenderRef.file.ref', 'File'],
    ['appender.file.type', 'RollingFile'],
    ['appender.file.name', 'File'],
    ['appender.file.fileName', file],
    ['appender.file.filePattern', `${file}.%i`],
    ['appender.file.layout.type', 'PatternLayout'],
    ['appender.file.policies.type', 'Policies'],
    ['appender.file.policies.size.type', 'SizeBasedTriggeringPolicy'],
    ['appender.file.policies.size.size', rolling.size],
    ['appender.file.strategy.type', 'DefaultRolloverStrategy'],
    ['appender.file.strategy.max', String(rolling.olderFiles)],
    ...Object.entries(named).flatMap(([name, level], index): [string, string][] => [
      [`logger.l${index}.name`, name],
      [`logger.l${index}.level`, level],
    ]),
  ];
  const lines = settings.map(([key, value]) => `${key} = ${escapeValue(value)}`);
  return [...lines, `appender.file.layout.pattern = ${pattern}`, ''].join('\n');
}

const pattern = '%d{yyyy-MM-dd HH:mm:ss,SSS} %-5p %-60c %x - %m%n';

/** Values come from users: no line may be added, and `${…}` is no lookup of Log4j (it could read the environment). */
function escapeValue(value: string): string {
  return value
    .replaceAll('$', '$$$$')
    .replace(/[\\\n\r\f\t]|^ |[^\x20-\x7e]/g, (character) => escapeCharacter(character));
}

const escapeCharacter = (character: string): string =>
  character === '\\' ? '\\\\' : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
