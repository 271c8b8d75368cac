import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Refused, systemReason } from '../../core/errors/index.ts';
import type { ClusterFolder } from './cluster-folder.ts';
import { errorCode } from './files.ts';
import { environmentToken, type Part } from './token.ts';

/** How a process that this controller started has ended, for people. */
export type ExitNotes = Map<string, string>;

export const noteKey = (clusterId: string, part: Part): string => `${clusterId}/${part}`;

/** Empties the working directories of a part, which a killed process leaves with 25 MB in them (flink.md 9). */
export async function emptyDirectories(folder: ClusterFolder, part: Part): Promise<void> {
  for (const name of ['tmp', 'web']) {
    const path = join(folder.part(part), name);
    await rm(path, { recursive: true, force: true });
    await mkdir(path, { recursive: true, mode: 0o700 });
  }
}

export interface ProcessStart {
  java: string;
  arguments: string[];
  owner: string;
  clusterId: string;
  folder: ClusterFolder;
  part: Part;
  notes: ExitNotes;
}

/**
 * Starts one process of a cluster in a session of its own, so that it outlives us and no signal meant for us reaches it.
 * @returns its id; it may have ended already.
 * @throws only when nothing was started: {Refused} JDK_MISSING or CLUSTER_START_FAILED, or an error of the file system.
 */
export async function startProcess(start: ProcessStart): Promise<number> {
  const { folder, part } = start;
  const output = openSync(join(folder.logs, `${part}.out`), 'w', 0o600);
  try {
    const child = spawn(start.java, start.arguments, {
      cwd: folder.part(part),
      detached: true,
      stdio: ['ignore', output, output],
      env: environment(start),
    });
    noteExit(child, start);
    if (child.pid === undefined) throw await refusal(child);
    child.unref();
    return child.pid;
  } finally {
    closeSync(output);
  }
}

/** Nothing of our own environment: it may hold secrets, and the code of jobs can read it (S19). */
const environment = ({ owner, clusterId, folder, part }: ProcessStart): NodeJS.ProcessEnv => ({
  ...environmentToken(owner, clusterId),
  FLINK_CONF_DIR: folder.part(part),
  FLINK_LOG_DIR: folder.logs,
  // JDK 17 takes the encoding of files and of its output from here.
  LANG: 'C.UTF-8',
  // Else glibc keeps an arena of memory per thread and core.
  MALLOC_ARENA_MAX: '2',
});

function noteExit(child: ChildProcess, { clusterId, part, notes }: ProcessStart): void {
  notes.delete(noteKey(clusterId, part));
  child.once('exit', (code, signal) => {
    const how = code === null ? `was ended by ${signal}` : `exited with code ${code}`;
    notes.set(noteKey(clusterId, part), how);
  });
}

/** libuv reports a failed exec within `spawn`, by leaving out the process id; its error follows as an event. */
async function refusal(child: ChildProcess): Promise<Refused> {
  const [error]: unknown[] = await once(child, 'error');
  const reason = systemReason(error);
  if (errorCode(error) === 'ENOENT' || errorCode(error) === 'EACCES') {
    const advice = 'Install a JDK 17 or 21 and set JAVA_HOME.';
    return new Refused('JDK_MISSING', `Java cannot be run: ${reason}. ${advice}`);
  }
  return new Refused('CLUSTER_START_FAILED', `the host starts no process: ${reason}`);
}
