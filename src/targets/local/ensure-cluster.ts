import type { ClusterObservation, ClusterSpec } from '../../core/cluster.ts';
import { Refused } from '../../core/errors/index.ts';
import type { MemoryPlan } from './configuration.ts';
import { chooseRuntime } from './flink-versions.ts';
import { clusterLock, withLock } from './kernel-lock.ts';
import { look, lookUnderLock, partsOf } from './look.ts';
import { makeClusterFolder } from './make-cluster-folder.ts';
import { planJobManagerMemory, planTaskManagerMemory } from './memory-plan.ts';
import { observationOf } from './observation.ts';
import { mostTaskManagers } from './options.ts';
import { type Blueprint, startJobManager, startTaskManager } from './start-part.ts';
import { prepareStateDirectories } from './state-directories.ts';
import { clusterIn, type LocalTarget } from './target-context.ts';
import { readTombstone } from './tombstones.ts';

/**
 * Makes what is missing of a cluster, holding its lock. Each step finds what an earlier controller left of it, so a kill
 * between any two of them costs nothing but the JobManager's one start, if that had been decided and not yet done.
 */
export async function ensureCluster(
  target: LocalTarget,
  spec: ClusterSpec,
  signal: AbortSignal,
): Promise<ClusterObservation> {
  const { settings, notes } = target;
  const runtime = chooseRuntime(settings.runtimes, spec.flinkVersion);
  refuseTooMany(spec);
  const plan = planFor(spec);
  const cluster = clusterIn(settings, spec.clusterId);
  return await withLock(clusterLock(cluster), signal, async () => {
    await refuseTheDead(settings.dataDirectory, spec.clusterId);
    const before = await lookUnderLock(cluster);
    const isOrphaned = before.file === undefined && before.processes.size > 0;
    if (before.jobManager === 'exited' || isOrphaned) {
      return await observationOf(cluster, before, notes);
    }
    if (before.jobManager === 'never started') await prepareStateDirectories(spec.stateDirectories);
    const file = before.file ?? (await makeClusterFolder(settings, cluster, spec, runtime, signal));
    const blueprint = { settings, notes, cluster, spec, file, runtime, plan };
    if (before.jobManager === 'never started') await startJobManager(blueprint);
    await startMissingTaskManagers(blueprint, signal);
    return await observationOf(cluster, await look(cluster), notes);
  });
}

function refuseTooMany({ taskManagers }: ClusterSpec): void {
  const most = mostTaskManagers();
  if (taskManagers <= most) return;
  const message = `this host bears ${most} TaskManagers of one cluster, not ${taskManagers}`;
  throw new Refused('CLUSTER_START_FAILED', `${message}; lower numberOfTaskManagers`);
}

const planFor = ({ resources, flinkConfiguration }: ClusterSpec): MemoryPlan => ({
  jobManager: planJobManagerMemory(resources.jobmanager.memory, flinkConfiguration),
  taskManager: planTaskManagerMemory(resources.taskmanager.memory, flinkConfiguration),
});

async function refuseTheDead(dataDirectory: string, clusterId: string): Promise<void> {
  const tombstone = await readTombstone(dataDirectory, clusterId);
  if (tombstone === undefined) return;
  const message = `the cluster ${clusterId} was destroyed at ${tombstone.destroyedAt} and is not made again`;
  throw new Refused('FENCED_OUT', message);
}

async function startMissingTaskManagers(blueprint: Blueprint, signal: AbortSignal): Promise<void> {
  const { processes } = await look(blueprint.cluster);
  for (const part of partsOf(blueprint.file.taskManagers)) {
    if (part === 'jobmanager' || processes.has(part)) continue;
    signal.throwIfAborted();
    await startTaskManager(blueprint, part);
  }
}
