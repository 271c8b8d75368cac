import { readdir, readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { z } from 'zod';
import { errorCode } from './files.ts';

/** A process that no recycled id is mistaken for: its id and its start in clock ticks since boot. */
export const processIdentitySchema = z.object({ pid: z.int().positive(), startTicks: z.string() });
export type ProcessIdentity = z.infer<typeof processIdentitySchema>;

/** A running process, as `/proc` shows it. */
export interface SeenProcess extends ProcessIdentity {
  /** Process id of the leader of its session; a number is not given away while its session has members. */
  session: number;
  arguments: string[];
}

/** Which system a process identity holds for: after a boot, or in another container, the same numbers mean nothing. */
export const hostIdentitySchema = z.object({
  host: z.string(),
  bootId: z.string(),
  pidNamespace: z.string(),
});
export type HostIdentity = z.infer<typeof hostIdentitySchema>;

/** The system this process runs on. */
export async function readHostIdentity(): Promise<HostIdentity> {
  const bootId = await readFile('/proc/sys/kernel/random/boot_id', 'utf8');
  const pidNamespace = await readlink('/proc/self/ns/pid');
  return { host: hostname(), bootId: bootId.trim(), pidNamespace };
}

interface Stat {
  session: number;
  startTicks: string;
}

/**
 * Fields of `/proc/<pid>/stat` (proc(5)); undefined when no such process runs. A zombie does not run, unless it is only
 * the first thread of a process whose other threads are still ending.
 */
async function readStat(pid: number): Promise<Stat | undefined> {
  const text = await readProc(`/proc/${pid}/stat`);
  // The second field is the command in parentheses and may itself hold spaces and parentheses.
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ') ?? [];
  const [state, , , session] = fields;
  const [threads, startTicks] = [fields[17], fields[19]];
  if (startTicks === undefined) return undefined;
  if ((state === 'Z' || state === 'X') && Number(threads) <= 1) return undefined;
  return { session: Number(session), startTicks };
}

/** The running process with this id; undefined when there is none. */
export async function identify(pid: number): Promise<ProcessIdentity | undefined> {
  const stat = await readStat(pid);
  return stat && { pid, startTicks: stat.startTicks };
}

/** Whether this very process runs, and not another that got its id. */
export async function isRunning(process: ProcessIdentity): Promise<boolean> {
  return (await readStat(process.pid))?.startTicks === process.startTicks;
}

/** Every running process of this host that we may see. Milliseconds, as `/proc` is memory. */
export async function listProcesses(): Promise<SeenProcess[]> {
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const seen = await Promise.all(names.map(async (name) => await see(Number(name))));
  return seen.filter((process) => process !== undefined);
}

async function see(pid: number): Promise<SeenProcess | undefined> {
  const line = await readProc(`/proc/${pid}/cmdline`);
  const stat = await readStat(pid);
  if (line === undefined || stat === undefined) return undefined;
  return { pid, ...stat, arguments: line.split('\0').slice(0, -1) };
}

/** Whether a process was started with this environment variable. False for another user's process, which is none of ours. */
export async function hasEnvironment(pid: number, name: string, value: string): Promise<boolean> {
  try {
    const environment = await readProc(`/proc/${pid}/environ`);
    return environment?.split('\0').includes(`${name}=${value}`) ?? false;
  } catch (error) {
    if (errorCode(error) === 'EACCES') return false;
    throw error;
  }
}

async function readProc(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** The process, or a file of it in `/proc`, is not there any more. */
const isGone = (error: unknown): boolean =>
  errorCode(error) === 'ENOENT' || errorCode(error) === 'ESRCH';
