import { setTimeout as pause } from 'node:timers/promises';
import { Unreachable } from '../../core/errors/index.ts';
import type { ClusterFile, ClusterFolder } from './cluster-folder.ts';
import {
  type HostIdentity,
  isRunning,
  listProcesses,
  type ProcessIdentity,
  readHostIdentity,
} from './processes.ts';
import { type Part, readToken } from './token.ts';

/** One cluster of one installation. */
export interface ClusterHandle {
  owner: string;
  clusterId: string;
  folder: ClusterFolder;
}

/** What can be seen of a cluster at one time. */
export interface ClusterView {
  /** Absent: it has no folder. */
  file?: ClusterFile;
  /** `never started`: no start was ever decided. `exited`: it was, and its process is proven gone. */
  jobManager: 'running' | 'exited' | 'never started';
  /** Its running processes. */
  processes: Map<Part, ProcessIdentity>;
  /** False: another controller may be making what is missing, so only the holder of the cluster's lock knows better. */
  settled: boolean;
}

/** The parts a cluster should have. */
export const partsOf = (taskManagers: number): Part[] => [
  'jobmanager',
  ...Array.from({ length: taskManagers }, (_, index): Part => `taskmanager-${index + 1}`),
];

/**
 * Looks at the processes that were recorded and, unless all of them run, for others that bear the cluster's token.
 * @throws {Unreachable} TARGET_UNREACHABLE when the cluster was made on another host.
 */
export async function look({ owner, clusterId, folder }: ClusterHandle): Promise<ClusterView> {
  const file = await folder.read();
  const isIntended = await folder.jobManagerIsIntended();
  const parts = partsOf(file?.taskManagers ?? 0);
  const recorded = await readRecords(folder, parts);
  const processes = await stillRunning(recorded, file);
  if (parts.some((part) => !processes.has(part))) {
    for (const [part, process] of await bearers(owner, clusterId)) processes.set(part, process);
  }
  const runs = processes.has('jobmanager');
  const jobManager = runs ? 'running' : isIntended ? 'exited' : 'never started';
  const settled = runs || (isIntended && recorded.has('jobmanager'));
  return { ...(file && { file }), jobManager, processes, settled };
}

/**
 * As {@link look}, for the holder of the cluster's lock. A JobManager whose start was decided but not recorded may have
 * been born this instant: the lock proves that its exec has begun, and a moment later it bears its arguments.
 */
export async function lookUnderLock(cluster: ClusterHandle): Promise<ClusterView> {
  const view = await look(cluster);
  if (view.settled || view.jobManager !== 'exited') return view;
  await pause(execMs);
  return await look(cluster);
}

const execMs = 200;

async function readRecords(
  folder: ClusterFolder,
  parts: readonly Part[],
): Promise<Map<Part, ProcessIdentity>> {
  const found = new Map<Part, ProcessIdentity>();
  for (const part of parts) {
    const process = await folder.recorded(part);
    if (process !== undefined) found.set(part, process);
  }
  return found;
}

async function stillRunning(
  recorded: ReadonlyMap<Part, ProcessIdentity>,
  file: ClusterFile | undefined,
): Promise<Map<Part, ProcessIdentity>> {
  const found = new Map<Part, ProcessIdentity>();
  if (file === undefined || !isThisSystem(file.host, await readHostIdentity())) return found;
  for (const [part, process] of recorded) {
    if (await isRunning(process)) found.set(part, process);
  }
  return found;
}

/**
 * Whether process ids that were recorded on `made` mean anything on `now`. They do not after a boot, nor in a container
 * that was started again: all processes of before are gone.
 */
function isThisSystem(made: HostIdentity, now: HostIdentity): boolean {
  const isSame = made.bootId === now.bootId && made.pidNamespace === now.pidNamespace;
  if (isSame || made.host === now.host) return isSame;
  const message = `this cluster was made on the host ${made.host}, and from ${now.host} nobody can see what runs there`;
  throw new Unreachable('TARGET_UNREACHABLE', message);
}

/** The processes that bear the cluster's token, recorded or not. */
async function bearers(
  owner: string,
  clusterId: string,
): Promise<[part: Part, process: ProcessIdentity][]> {
  const found: [Part, ProcessIdentity][] = [];
  for (const process of await listProcesses()) {
    const token = readToken(process);
    if (token?.owner !== owner || token.ref.clusterId !== clusterId) continue;
    found.push([token.part, { pid: process.pid, startTicks: process.startTicks }]);
  }
  return found;
}
