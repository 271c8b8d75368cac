import { join } from 'node:path';
import type { ClusterSpec } from '../../core/cluster.ts';
import { moduleOptions } from '../../core/module-options.ts';
import type { ClusterFolder } from './cluster-folder.ts';
import type { MemoryPlan } from './configuration.ts';
import type { FlinkRuntime } from './options.ts';
import { type Part, tokenArguments } from './token.ts';

const mains = {
  jobManager: 'org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint',
  taskManager: 'org.apache.flink.runtime.taskexecutor.TaskManagerRunner',
};

/** Arguments of `java` for one process of a cluster. They are readable by every user of the host: no secret is in them. */
export function javaArguments(
  part: Part,
  owner: string,
  spec: ClusterSpec,
  runtime: FlinkRuntime,
  folder: ClusterFolder,
  plan: MemoryPlan,
): string[] {
  const home = folder.part(part);
  const isJobManager = part === 'jobmanager';
  const archive = isJobManager ? runtime.jmArchive : runtime.tmArchive;
  const resources = isJobManager ? spec.resources.jobmanager : spec.resources.taskmanager;
  return [
    ...tokenArguments({ owner, ref: spec, part }),
    ...(isJobManager ? jobManagerFlags(plan) : taskManagerFlags(plan)),
    `-XX:ActiveProcessorCount=${Math.max(1, Math.ceil(resources.cpu))}`,
    ...(archive === undefined ? [] : [`-XX:SharedArchiveFile=${archive}`]),
    '-XX:-UsePerfData',
    `-XX:ErrorFile=${join(folder.logs, `${part}.crash`)}`,
    `-Djava.io.tmpdir=${join(home, 'tmp')}`,
    `-Dlog.file=${join(folder.logs, `${part}.log`)}`,
    `-Dlog4j.configurationFile=${join(home, 'log4j2.properties')}`,
    ...moduleOptions,
    '-cp',
    runtime.jars.join(':'),
    isJobManager ? mains.jobManager : mains.taskManager,
    '--configDir',
    home,
  ];
}

function jobManagerFlags({ jobManager }: MemoryPlan): string[] {
  return [...collectorFlags(jobManager.heap), ...limits(jobManager.heap, jobManager.metaspace)];
}

function taskManagerFlags({ taskManager }: MemoryPlan): string[] {
  const heap = taskManager.frameworkHeap + taskManager.taskHeap;
  const direct = taskManager.frameworkOffHeap + taskManager.taskOffHeap + taskManager.network;
  return [
    ...collectorFlags(heap),
    ...limits(heap, taskManager.metaspace),
    `-XX:MaxDirectMemorySize=${direct}m`,
  ];
}

const limits = (heap: number, metaspace: number): string[] => [
  `-Xmx${heap}m`,
  // Grows on demand: most clusters of a laptop never need all of it.
  `-Xms${Math.min(heap, 32)}m`,
  `-XX:MaxMetaspaceSize=${metaspace}m`,
];

/**
 * C1 and the serial collector halve the CPU time of a start (flink.md 3), which is most of what small clusters cost. A
 * large heap is asked for by jobs that earn C2 and G1, the JVM's own choice.
 */
const collectorFlags = (heap: number): string[] =>
  heap <= 1_024 ? ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'] : ['-XX:+UseG1GC'];
