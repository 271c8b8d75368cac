import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { configurationYaml } from './configuration.ts';
import { loggingProperties } from './logging.ts';
import { newCluster } from './testing/clusters.ts';

const written = (flinkConfiguration: Record<string, string>) =>
  configurationYaml(newCluster({ clusterId: 'j1', flinkConfiguration }));

test("the user's configuration wins over what merely suits", () => {
  expect(parse(written({ 'web.refresh-interval': '7' }))['web.refresh-interval']).toBe('7');
});

test('what keeps clusters apart is ours (N12)', () => {
  const strange = {
    'sluice.cluster-id': 'j2',
    'rest.port': '1',
    'jobmanager.rpc.address': 'other',
    'io.tmp.dirs': '/etc',
    'env.java.opts.all': '-javaagent:x',
  };
  expect(parse(written(strange))).toMatchObject({
    'sluice.cluster-id': 'j1',
    'rest.port': '8081',
    'jobmanager.rpc.address': 'j1',
    'io.tmp.dirs': '/flink-tmp',
    'env.java.opts.all': expect.not.stringContaining('javaagent'),
  });
});

test("a JVM gets what the image's own config.yaml would give it: without, JDK 17 runs no job", () => {
  const options = String(parse(written({}))['env.java.opts.all']).split(' ');
  expect(options).toEqual(
    expect.arrayContaining([
      '--add-opens=java.base/java.util=ALL-UNNAMED',
      '--add-opens=java.base/java.lang=ALL-UNNAMED',
      '--add-exports=java.base/sun.net.util=ALL-UNNAMED',
      '-Dsun.net.inetaddr.negative.ttl=0',
    ]),
  );
});

test('memory and cpu of the spec are told to Flink in units that it reads', () => {
  const resources = { cpu: 0.5, memory: '1.5g' };
  const spec = newCluster({ resources: { jobmanager: resources, taskmanager: resources } });
  expect(parse(configurationYaml(spec))).toMatchObject({
    'taskmanager.memory.process.size': '1610612736b',
    'taskmanager.cpu.cores': '0.5',
  });
});

test('all is logged to the console, and no value adds a line', () => {
  const lines = loggingProperties({ '': 'WARN', 'a\nb': 'DEBUG\nx = y' }).split('\n');
  expect(lines).toContain('rootLogger.level = WARN');
  expect(lines).toContain('appender.main.target = SYSTEM_OUT');
  expect(lines).not.toContain('x = y');
});
