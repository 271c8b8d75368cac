import type { ClusterObservation } from '../../core/cluster.ts';
import { lastLines } from './last-lines.ts';
import type { ClusterHandle, ClusterView } from './look.ts';
import { partsOf } from './look.ts';
import { type ExitNotes, noteKey } from './start-process.ts';
import type { Part } from './token.ts';

/** A present cluster as the outside sees it. */
export async function observationOf(
  cluster: ClusterHandle,
  view: ClusterView,
  notes: ExitNotes,
): Promise<ClusterObservation> {
  const { file, jobManager, processes } = view;
  const wanted = file?.taskManagers ?? 0;
  const runs = jobManager === 'running';
  const trouble = await describeTrouble(cluster, view, notes);
  return {
    kind: 'present',
    ...(runs && file && { restUrl: `http://${file.address}:${file.restPort}` }),
    jobManager: runs ? 'running' : 'exited',
    taskManagersRunning: [...processes.keys()].filter((part) => part !== 'jobmanager').length,
    taskManagersWanted: wanted,
    ...(trouble !== undefined && { trouble }),
  };
}

async function describeTrouble(
  { clusterId, folder }: ClusterHandle,
  { file, jobManager, processes }: ClusterView,
  notes: ExitNotes,
): Promise<string | undefined> {
  if (file === undefined)
    return 'its folder is gone while processes of it run; only good for removal';
  if (jobManager === 'never started')
    return 'its making was interrupted before the JobManager started';
  const missing = partsOf(file.taskManagers).filter((part) => !processes.has(part));
  const first = missing[0];
  if (first === undefined) return undefined;
  const how = notes.get(noteKey(clusterId, first)) ?? 'does not run';
  const lines = await lastLines(folder.logs, first);
  return `${nameOf(first)} ${how}${lines === '' ? '' : `. Its last lines:\n${lines}`}`;
}

const nameOf = (part: Part): string =>
  part === 'jobmanager' ? 'JobManager' : part.replace('taskmanager-', 'TaskManager ');
