import { expect, test } from 'vitest';
import { loggingProperties } from './logging.ts';

test('levels go to their loggers, and the log is bounded', () => {
  const text = loggingProperties({ '': 'WARN', 'org.apache.flink': 'DEBUG' }, '/logs/jm.log');
  expect(text).toContain('rootLogger.level = WARN\n');
  expect(text).toContain('logger.l0.name = org.apache.flink\nlogger.l0.level = DEBUG\n');
  expect(text).toContain('appender.main.strategy.max = 3\n');
  expect(loggingProperties({}, '/logs/jm.log')).toContain('rootLogger.level = INFO\n');
});

test('a level adds no line of its own and looks nothing up', () => {
  const text = loggingProperties(
    { '': 'INFO\nappender.x.type = Http', a: '\u0024{env:HOME}' },
    '/l',
  );
  expect(text).not.toContain('\nappender.x.type');
  expect(text).toContain('logger.l0.level = $${env:HOME}\n');
});
