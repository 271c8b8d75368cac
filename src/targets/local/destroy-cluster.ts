import type { ClusterRef } from '../../core/cluster.ts';
import { freeAddresses } from './addresses.ts';
import { noProcess } from './describe-cluster.ts';
import { endProcesses } from './end-processes.ts';
import { isDiskFull } from './files.ts';
import { clusterLock, withLock } from './kernel-lock.ts';
import { logEnds } from './last-lines.ts';
import { type ClusterHandle, look } from './look.ts';
import type { LocalTargetSettings } from './options.ts';
import { hasEnvironment, listProcesses, type ProcessIdentity } from './processes.ts';
import { clusterIn, type LocalTarget } from './target-context.ts';
import { environmentToken, type Part, readToken } from './token.ts';
import { bury, dropOldTombstones, keepLastLogs } from './tombstones.ts';

/**
 * Removes a cluster, holding its lock: tombstone, JobManager, everything else that runs of it, address, folder. After a
 * kill in between, the next call goes on where this one was.
 */
export async function destroyCluster(
  { settings }: LocalTarget,
  ref: ClusterRef,
  signal: AbortSignal,
): Promise<{ evidence: string }> {
  const cluster = clusterIn(settings, ref.clusterId);
  return await withLock(clusterLock(cluster), signal, async () => {
    const isBuried = await tryToBury(settings, ref);
    settings.onStep('tombstone written', ref.clusterId);
    await endEverything(settings, cluster, signal);
    const logs = await logEnds(cluster.folder.logs);
    const who = { ...cluster, folder: cluster.folder.path };
    await freeAddresses(settings.hostDirectory, who, signal);
    settings.onStep('address freed', ref.clusterId);
    const isRemoved = await cluster.folder.remove();
    settings.onStep(isRemoved ? 'folder removed' : 'leftover stays', ref.clusterId);
    if (!isBuried) await bury(settings.dataDirectory, ref, new Date());
    await keepMemories(settings, ref.clusterId, logs);
    return { evidence: `its folder is removed and ${noProcess(ref.clusterId)}` };
  });
}

/** A full disk must not keep a cluster, whose removal makes room: it is buried afterwards then, under the same lock. */
async function tryToBury({ dataDirectory }: LocalTargetSettings, ref: ClusterRef) {
  try {
    await bury(dataDirectory, ref, new Date());
    return true;
  } catch (error) {
    if (isDiskFull(error)) return false;
    throw error;
  }
}

/** JobManager first: without it no task that is still running can have its end taken for the job's (rule 5 of 2.2). */
async function endEverything(
  { stopGraceMs, onStep }: LocalTargetSettings,
  cluster: ClusterHandle,
  signal: AbortSignal,
): Promise<void> {
  // Refuses a cluster of another host, where nothing can be seen or ended.
  await look(cluster);
  const processes = await processesOf(cluster);
  const jobManagers = processes.filter(({ part }) => part === 'jobmanager');
  await endProcesses(jobManagers, stopGraceMs, signal);
  onStep('JobManager ended', cluster.clusterId);
  // What a job's code started may itself start more while it ends.
  for (let rest = processes; rest.length > 0; rest = await processesOf(cluster)) {
    await endProcesses(rest, stopGraceMs, signal);
  }
  onStep('TaskManagers ended', cluster.clusterId);
}

async function processesOf({ owner, clusterId }: ClusterHandle) {
  const found: (ProcessIdentity & { part?: Part })[] = [];
  const [entry] = Object.entries(environmentToken(owner, clusterId));
  for (const process of await listProcesses()) {
    const token = readToken(process);
    const isPart = token?.owner === owner && token.ref.clusterId === clusterId;
    if (isPart) found.push({ ...process, part: token.part });
    else if (entry && (await hasEnvironment(process.pid, ...entry))) found.push(process);
  }
  return found;
}

/** For people and for fences of other clusters: worth no failure where the disk is full. */
async function keepMemories({ dataDirectory }: LocalTargetSettings, id: string, logs: string) {
  try {
    await keepLastLogs(dataDirectory, id, logs);
    await dropOldTombstones(dataDirectory, new Date());
  } catch (error) {
    if (!isDiskFull(error)) throw error;
  }
}
