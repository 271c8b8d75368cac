type Setting = [key: string, value: string];

/**
 * `log4j2.properties` of one process: everything to one appender, levels by logger name (`""` is the root logger).
 * @param appender its settings, without the prefix and name; pattern and layout are added.
 */
export function log4jProperties(
  loggers: Readonly<Record<string, string>>,
  name: string,
  appender: readonly Setting[],
): string {
  const { '': root = 'INFO', ...named } = loggers;
  const settings: Setting[] = [
    ['rootLogger.level', root],
    ['rootLogger.appenderRef.main.ref', name],
    ['appender.main.name', name],
    ['appender.main.layout.type', 'PatternLayout'],
    ...appender.map(([key, value]): Setting => [`appender.main.${key}`, value]),
    ...Object.entries(named).flatMap(([logger, level], index): Setting[] => [
      [`logger.l${index}.name`, logger],
      [`logger.l${index}.level`, level],
    ]),
  ];
  const lines = settings.map(([key, value]) => `${key} = ${escapeValue(value)}`);
  return [...lines, `appender.main.layout.pattern = ${pattern}`, ''].join('\n');
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
