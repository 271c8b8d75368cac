import { readdir, readFile, readlink } from 'node:fs/promises';
import { z } from 'zod';

/**
 * A process that a recycled id is never mistaken for: its id, its start time in clock ticks since boot (field 22 of
 * `/proc/<pid>/stat`, proc(5)), and which boot.
 */
export const processIdentitySchema = z.object({
  pid: z.int().positive(),
  startTicks: z.string(),
  bootId: z.string(),
});
export type ProcessIdentity = z.infer<typeof processIdentitySchema>;

const isGone = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH');

async function readProc(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** @returns undefined when no such process runs; a zombie does not run. */
export async function identify(pid: number): Promise<ProcessIdentity | undefined> {
  const stat = await readProc(`/proc/${pid}/stat`);
  // The second field is the command in parentheses and may itself hold spaces and parentheses.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, startTicks] = [fields?.[0], fields?.[19]];
  if (state === undefined || startTicks === undefined || state === 'Z' || state === 'X')
    return undefined;
  const bootId = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  return { pid, startTicks, bootId };
}

/** Whether this very process, not another with its id, runs. */
export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  const now = await identify(identity.pid);
  return now?.startTicks === identity.startTicks && now.bootId === identity.bootId;
}

/** Arguments of a process; empty when it is gone. */
export async function argumentsOf(pid: number): Promise<string[]> {
  return (await readProc(`/proc/${pid}/cmdline`))?.split('\0').slice(0, -1) ?? [];
}

/** Processes whose arguments satisfy `wanted`: finds one that was started but never recorded. */
export async function findProcesses(
  wanted: (argv: string[]) => boolean,
): Promise<ProcessIdentity[]> {
  const found: ProcessIdentity[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const identity = wanted(await argumentsOf(Number(name))) && (await identify(Number(name)));
    if (identity) found.push(identity);
  }
  return found;
}

/** Whether the process itself listens on the TCP port: another's answer there proves nothing about it. */
export async function listensOn(pid: number, port: number): Promise<boolean> {
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((table) => readProc(`/proc/${pid}/net/${table}`)),
  );
  const hexPort = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const inodes = tables
    .flatMap((table) => table?.split('\n').slice(1) ?? [])
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => local?.endsWith(hexPort) && state === '0A')
    .map((fields) => `socket:[${fields[9]}]`);
  const files = await readdir(`/proc/${pid}/fd`).catch(() => []);
  const targets = await Promise.all(
    files.map((file) => readlink(`/proc/${pid}/fd/${file}`).catch(() => '')),
  );
  return targets.some((target) => inodes.includes(target));
}

/** Signals the process if it is still that process. */
export async function signal(identity: ProcessIdentity, name: NodeJS.Signals): Promise<void> {
  if (!(await isAlive(identity))) return;
  try {
    process.kill(identity.pid, name);
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}
