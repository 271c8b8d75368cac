import { join } from 'node:path';
import type { ClusterSpec } from '../../core/cluster.ts';
import type { ClusterFile } from './cluster-folder.ts';
import { javaArguments } from './command-line.ts';
import { configurationYaml, type MemoryPlan } from './configuration.ts';
import { writeWhole } from './files.ts';
import { loggingProperties } from './logging.ts';
import type { ClusterHandle } from './look.ts';
import type { FlinkRuntime, LocalTargetSettings } from './options.ts';
import { identify } from './processes.ts';
import { type ExitNotes, emptyDirectories, startProcess } from './start-process.ts';
import type { Part } from './token.ts';

/** What starting a process of a cluster takes. */
export interface Blueprint {
  settings: LocalTargetSettings;
  notes: ExitNotes;
  cluster: ClusterHandle;
  spec: ClusterSpec;
  file: ClusterFile;
  runtime: FlinkRuntime;
  plan: MemoryPlan;
}

/**
 * Starts the JobManager, at most once in the life of a cluster: the intent is on the disk before the process exists, and
 * is taken back only where the operating system said that there is no process.
 */
export async function startJobManager(blueprint: Blueprint): Promise<void> {
  const { settings, cluster } = blueprint;
  await prepare(blueprint, 'jobmanager');
  await cluster.folder.intendJobManager();
  settings.onStep('JobManager intended', cluster.clusterId);
  const pid = await spawnPart(blueprint, 'jobmanager').catch(async (error: unknown) => {
    await cluster.folder.takeBackIntent();
    throw error;
  });
  settings.onStep('JobManager spawned', cluster.clusterId);
  await record(blueprint, 'jobmanager', pid);
  settings.onStep('JobManager recorded', cluster.clusterId);
}

/** Starts a TaskManager. A second one of one name would be one more worker and no second job: no intent is needed. */
export async function startTaskManager(blueprint: Blueprint, part: Part): Promise<void> {
  const { settings, cluster } = blueprint;
  await prepare(blueprint, part);
  const pid = await spawnPart(blueprint, part);
  settings.onStep('TaskManager spawned', cluster.clusterId);
  await record(blueprint, part, pid);
  settings.onStep('TaskManager recorded', cluster.clusterId);
}

async function prepare({ cluster, spec, file, plan }: Blueprint, part: Part): Promise<void> {
  const { folder } = cluster;
  await emptyDirectories(folder, part);
  const home = folder.part(part);
  await writeWhole(join(home, 'config.yaml'), configurationYaml(part, spec, file, folder, plan));
  const logging = loggingProperties(spec.log4jLoggers, join(folder.logs, `${part}.log`));
  await writeWhole(join(home, 'log4j2.properties'), logging);
}

/** @throws only when nothing was started. */
async function spawnPart(blueprint: Blueprint, part: Part): Promise<number> {
  const { settings, notes, cluster, spec, runtime, plan } = blueprint;
  const { owner, clusterId, folder } = cluster;
  return await startProcess({
    java: settings.java,
    arguments: javaArguments(part, owner, spec, runtime, folder, plan),
    owner,
    clusterId,
    folder,
    part,
    notes,
  });
}

async function record({ cluster }: Blueprint, part: Part, pid: number): Promise<void> {
  const identity = await identify(pid);
  if (identity !== undefined) await cluster.folder.record(part, identity);
}
