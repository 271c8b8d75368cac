import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Writes `config.yaml` and `log4j2.properties` of a throw-away cluster; all that it writes itself lies in `folder`. */
export function writeConfiguration(
  folder: string,
  host: string,
  ports: Record<string, string>,
): void {
  mkdirSync(join(folder, 'tmp'), { recursive: true });
  const hosts = [
    'jobmanager.rpc.address',
    'jobmanager.bind-host',
    'rest.address',
    'rest.bind-address',
  ];
  const entries = {
    ...Object.fromEntries(
      [...hosts, 'taskmanager.host', 'taskmanager.bind-host'].map((k) => [k, host]),
    ),
    ...ports,
    ...fixedConfiguration,
    'io.tmp.dirs': join(folder, 'tmp'),
    'web.tmpdir': join(folder, 'tmp'),
    'execution.checkpointing.savepoint-dir': `file://${join(folder, 'savepoints')}`,
  };
  const lines = Object.entries(entries).map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`);
  writeFileSync(join(folder, 'config.yaml'), lines.join(''));
  writeFileSync(join(folder, 'log4j2.properties'), logging(folder));
}

const fixedConfiguration = {
  'taskmanager.rpc.port': '0',
  'taskmanager.numberOfTaskSlots': '2',
  // A TaskManager started without Flink's scripts wants every part of its memory to be explicit.
  'taskmanager.cpu.cores': '1',
  'taskmanager.memory.framework.heap.size': '64m',
  'taskmanager.memory.task.heap.size': '64m',
  'taskmanager.memory.framework.off-heap.size': '64m',
  'taskmanager.memory.task.off-heap.size': '0m',
  'taskmanager.memory.managed.size': '0m',
  'taskmanager.memory.network.min': '8m',
  'taskmanager.memory.network.max': '8m',
  'taskmanager.memory.jvm-metaspace.size': '128m',
  'taskmanager.memory.jvm-overhead.min': '64m',
  'taskmanager.memory.jvm-overhead.max': '64m',
  'cluster.registration.initial-timeout': '50 ms',
  'web.refresh-interval': '50',
  'metrics.fetcher.update-interval': '200',
};

/** Rolling files, as the local target has them: their classes belong into the archive too. */
const logging = (folder: string): string => `rootLogger.level = INFO
rootLogger.appenderRef.file.ref = File
appender.file.type = RollingFile
appender.file.name = File
appender.file.fileName = ${folder}/\${sys:log.name}.log
appender.file.filePattern = ${folder}/\${sys:log.name}.log.%i
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = %d{yyyy-MM-dd HH:mm:ss,SSS} %-5p %-60c %x - %m%n
appender.file.policies.type = Policies
appender.file.policies.size.type = SizeBasedTriggeringPolicy
appender.file.policies.size.size = 10MB
appender.file.strategy.type = DefaultRolloverStrategy
appender.file.strategy.max = 2
`;
