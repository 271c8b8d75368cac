import { join } from 'node:path';
import type { ClusterSpec } from '../../core/cluster.ts';
import { configYaml } from '../config-yaml.ts';
import { withoutHighAvailability } from '../high-availability.ts';
import type { ClusterFile, ClusterFolder } from './cluster-folder.ts';
import type { JobManagerMemory, TaskManagerMemory } from './memory-plan.ts';
import type { Part } from './token.ts';

type Configuration = Record<string, string>;

/** Memory of the cluster's processes, in MiB. */
export interface MemoryPlan {
  jobManager: JobManagerMemory;
  taskManager: TaskManagerMemory;
}

/**
 * `config.yaml` of one process. Ours is what keeps clusters apart (addresses, ports, ids, working directories); the user
 * wins in everything else. Both Flink lines read the older and the newer spelling of the state directories
 * (`state.checkpoints.dir`, `execution.checkpointing.dir`), so nothing is translated.
 */
export function configurationYaml(
  part: Part,
  spec: ClusterSpec,
  file: ClusterFile,
  folder: ClusterFolder,
  plan: MemoryPlan,
): string {
  return configYaml({
    ...defaults(spec),
    ...(part === 'jobmanager' ? jobManagerMemory(plan) : {}),
    ...spec.flinkConfiguration,
    ...(part === 'jobmanager' ? {} : taskManagerMemory(plan)),
    ...withoutHighAvailability(spec.flinkConfiguration),
    ...whatKeepsClustersApart(file),
    ...directories(folder.part(part)),
  });
}

/** What suits clusters that are polled closely on one host (measured: flink.md 3, 6, 8); the user may differ. */
const defaults = ({ resources }: ClusterSpec): Configuration => ({
  'jobmanager.memory.process.size': resources.jobmanager.memory,
  'taskmanager.memory.process.size': resources.taskmanager.memory,
  'taskmanager.cpu.cores': String(resources.taskmanager.cpu),
  'heartbeat.interval': '1000',
  // A host that starts other clusters is busy for seconds. A killed process is noticed sooner, by its closed connection.
  'heartbeat.timeout': '10000',
  'cluster.registration.initial-timeout': '50 ms',
  'cluster.registration.error-delay': '200 ms',
  'web.refresh-interval': '50',
  'metrics.fetcher.update-interval': '200',
  // What a job prints would fill the disk; in the log it is rolled.
  'taskmanager.system-out.mode': 'LOG',
});

/** For people to read: what counts for a JobManager are its JVM's flags. So the user's own spelling may stay. */
const jobManagerMemory = ({ jobManager }: MemoryPlan): Configuration =>
  inMebibytes({
    'jobmanager.memory.heap.size': jobManager.heap,
    'jobmanager.memory.off-heap.size': jobManager.offHeap,
    'jobmanager.memory.jvm-metaspace.size': jobManager.metaspace,
    'jobmanager.memory.jvm-overhead.min': jobManager.overhead,
    'jobmanager.memory.jvm-overhead.max': jobManager.overhead,
  });

/** A TaskManager that Flink's scripts did not start wants each part of its memory to be explicit (flink.md 1). */
const taskManagerMemory = ({ taskManager }: MemoryPlan): Configuration =>
  inMebibytes({
    'taskmanager.memory.framework.heap.size': taskManager.frameworkHeap,
    'taskmanager.memory.task.heap.size': taskManager.taskHeap,
    'taskmanager.memory.framework.off-heap.size': taskManager.frameworkOffHeap,
    'taskmanager.memory.task.off-heap.size': taskManager.taskOffHeap,
    'taskmanager.memory.managed.size': taskManager.managed,
    'taskmanager.memory.network.min': taskManager.network,
    'taskmanager.memory.network.max': taskManager.network,
    'taskmanager.memory.jvm-metaspace.size': taskManager.metaspace,
    'taskmanager.memory.jvm-overhead.min': taskManager.overhead,
    'taskmanager.memory.jvm-overhead.max': taskManager.overhead,
  });

const inMebibytes = (sizes: Readonly<Record<string, number>>): Configuration =>
  Object.fromEntries(Object.entries(sizes).map(([key, size]) => [key, `${size}m`]));

function whatKeepsClustersApart({ ref, address, restPort, rpc }: ClusterFile): Configuration {
  return {
    'sluice.cluster-id': ref.clusterId,
    'high-availability.cluster-id': ref.clusterId,
    'jobmanager.rpc.address': rpc.host,
    'jobmanager.bind-host': rpc.host,
    'jobmanager.rpc.port': String(rpc.port),
    'jobmanager.rpc.bind-port': String(rpc.port),
    'rest.address': address,
    'rest.bind-address': address,
    'rest.port': String(restPort),
    'rest.bind-port': String(restPort),
    'taskmanager.host': address,
    'taskmanager.bind-host': address,
    // Any free port of the cluster's own address.
    'taskmanager.rpc.port': '0',
    'taskmanager.rpc.bind-port': '0',
    'taskmanager.data.port': '0',
    'taskmanager.data.bind-port': '0',
    'blob.server.port': '0',
    'metrics.internal.query-service.port': '0',
  };
}

const directories = (part: string): Configuration => ({
  'io.tmp.dirs': join(part, 'tmp'),
  'blob.storage.directory': join(part, 'tmp'),
  'process.jobmanager.working-dir': join(part, 'tmp'),
  'process.taskmanager.working-dir': join(part, 'tmp'),
  'web.tmpdir': join(part, 'web'),
  'web.upload.dir': join(part, 'web'),
});
