import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import type { ClusterSpec } from '../../core/cluster.ts';
import { ClusterFolder } from './cluster-folder.ts';
import { javaArguments } from './command-line.ts';
import { configurationYaml } from './configuration.ts';
import { planJobManagerMemory, planTaskManagerMemory } from './memory-plan.ts';
import { newCluster } from './testing/host.ts';
import type { Part } from './token.ts';

const folder = new ClusterFolder('/data', 'j1');
const planOf = (spec: ClusterSpec) => ({
  jobManager: planJobManagerMemory(spec.resources.jobmanager.memory, spec.flinkConfiguration),
  taskManager: planTaskManagerMemory(spec.resources.taskmanager.memory, spec.flinkConfiguration),
});

function configurationOf(part: Part, flinkConfiguration: Record<string, string>) {
  const spec = newCluster({ clusterId: 'j1', flinkConfiguration });
  const file = {
    ref: spec,
    host: { host: 'h', bootId: 'b', pidNamespace: 'p' },
    address: '127.77.1.2',
    restPort: 18_081,
    rpc: { host: '127.0.0.1', port: 16_200 },
    taskManagers: 1,
  };
  const yaml = configurationYaml(part, spec, file, folder, planOf(spec));
  return z.record(z.string(), z.string()).parse(parse(yaml));
}

test("the user's configuration wins over what merely suits", () => {
  const ours = configurationOf('jobmanager', {});
  const theirs = configurationOf('jobmanager', { 'heartbeat.timeout': '50000' });
  expect(ours['heartbeat.timeout']).toBe('10000');
  expect(theirs['heartbeat.timeout']).toBe('50000');
});

test('what keeps clusters apart is ours', () => {
  const strange = { 'rest.port': '8081', 'sluice.cluster-id': 'j2', 'io.tmp.dirs': '/tmp' };
  expect(configurationOf('taskmanager-1', strange)).toMatchObject({
    'rest.port': '18081',
    'rest.bind-address': '127.77.1.2',
    'jobmanager.rpc.address': '127.0.0.1',
    'jobmanager.bind-host': '127.0.0.1',
    'jobmanager.rpc.port': '16200',
    'taskmanager.bind-host': '127.77.1.2',
    'sluice.cluster-id': 'j1',
    'io.tmp.dirs': '/data/clusters/j1/taskmanager-1/tmp',
  });
});

test("a JobManager reads back the user's own spelling of memory (S30)", () => {
  const spelled = {
    'taskmanager.memory.network.max': '64 mb',
    'jobmanager.memory.heap.size': '300 mb',
  };
  expect(configurationOf('jobmanager', spelled)).toMatchObject(spelled);
  expect(configurationOf('taskmanager-1', spelled)).toMatchObject({
    'taskmanager.memory.network.min': '64m',
    'taskmanager.memory.network.max': '64m',
  });
});

test('high availability by Kubernetes is off without Kubernetes; any other stays', () => {
  const off = { 'high-availability.type': 'NONE', 'high-availability': 'NONE' };
  expect(configurationOf('jobmanager', { 'high-availability': 'kubernetes' })).toMatchObject(off);
  const zookeeper = { 'high-availability.type': 'zookeeper' };
  expect(configurationOf('jobmanager', zookeeper)).toMatchObject({
    ...zookeeper,
    'high-availability.cluster-id': 'j1',
  });
});

function argumentsOf(part: Part, memory: string, cpu = 1, archives = {}): string[] {
  const resources = { cpu, memory };
  const spec = newCluster({ resources: { jobmanager: resources, taskmanager: resources } });
  const runtime = { version: '2.3.0', jars: ['/a.jar', '/b.jar'], ...archives };
  return javaArguments(part, 'owner', spec, runtime, folder, planOf(spec));
}

test('memory and cpu of the spec become limits of the JVM', () => {
  expect(argumentsOf('taskmanager-1', '1g', 1.5)).toEqual(
    expect.arrayContaining([
      '-Xmx468m',
      '-XX:MaxDirectMemorySize=132m',
      '-XX:MaxMetaspaceSize=256m',
      '-XX:ActiveProcessorCount=2',
      '-XX:+UseSerialGC',
      '/a.jar:/b.jar',
    ]),
  );
  expect(argumentsOf('jobmanager', '1g')).toContain('-Xmx555m');
});

test('a large heap gets the compiler and the collector that large jobs earn', () => {
  expect(argumentsOf('taskmanager-1', '4g')).toContain('-XX:+UseG1GC');
  expect(argumentsOf('taskmanager-1', '4g')).not.toContain('-XX:TieredStopAtLevel=1');
});

test('each role maps its own class-data archive', () => {
  const archives = { jmArchive: '/jm.jsa', tmArchive: '/tm.jsa' };
  expect(argumentsOf('jobmanager', '1g', 1, archives)).toContain('-XX:SharedArchiveFile=/jm.jsa');
  expect(argumentsOf('taskmanager-1', '1g', 1, archives)).toContain(
    '-XX:SharedArchiveFile=/tm.jsa',
  );
});
