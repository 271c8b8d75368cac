import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The folder that all checkouts of one user share: `SLUICE_CACHE_DIR`, else `$XDG_CACHE_HOME/sluice`, else
 * `~/.cache/sluice`. What is in it can be deleted at any time that nothing runs; set-up makes it again.
 */
export function cacheDirectory(environment: Environment = process.env): string {
  const base = environment.XDG_CACHE_HOME || join(homedir(), '.cache');
  return resolve(environment.SLUICE_CACHE_DIR || join(base, 'sluice'));
}

/** What this process makes at the moment, by its target. */
const underWay = new Map<string, Promise<boolean>>();

/**
 * Makes `target` (a file or a folder named by the hash of its inputs) unless it is there. `make` fills a temporary
 * place beside it, which is renamed in one step: a killed set-up leaves a temporary place but never half a target.
 * Whoever asks while it is made gets what is made; of two processes, the first to finish.
 * @returns whether it had to be made.
 */
export function installOnce(
  target: string,
  make: (temporary: string) => Promise<void>,
): Promise<boolean> {
  const begun = underWay.get(target);
  if (begun) return begun;
  const made = install(target, make).finally(() => underWay.delete(target));
  underWay.set(target, made);
  return made;
}

async function install(
  target: string,
  make: (temporary: string) => Promise<void>,
): Promise<boolean> {
  if (existsSync(target)) return false;
  mkdirSync(dirname(target), { recursive: true });
  const temporary = `${target}${temporarySuffix}${process.pid}`;
  rmSync(temporary, { recursive: true, force: true });
  try {
    await make(temporary);
    return moved(temporary, target);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** @returns false: another process was first, and its folder stays. */
function moved(temporary: string, target: string): boolean {
  try {
    renameSync(temporary, target);
    return true;
  } catch (error) {
    if (statSync(target, { throwIfNoEntry: false })?.isDirectory()) return false;
    throw error;
  }
}

export const temporarySuffix = '.tmp-';

/** Removes what killed set-ups left in `folder`. Only for the holder of the lock: all others' temporaries are dead. */
export function removeLeftovers(folder: string): void {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    if (name.includes(temporarySuffix))
      rmSync(join(folder, name), { recursive: true, force: true });
  }
}

/**
 * Runs `work` while no other set-up on this host works in `cache`. The lock is SQLite's, hence the kernel's: it ends
 * with its process however that ends, so there is no stale lock to guess about.
 */
export async function withCacheLock<T>(
  cache: string,
  onWait: () => void,
  work: () => Promise<T>,
): Promise<T> {
  mkdirSync(cache, { recursive: true });
  const lock = new DatabaseSync(join(cache, 'set-up.lock'));
  try {
    for (let attempt = 0; !tryLock(lock); attempt += 1) {
      if (attempt === 0) onWait();
      await pause(200);
    }
    return await work();
  } finally {
    lock.close();
  }
}

function tryLock(lock: DatabaseSync): boolean {
  try {
    lock.exec('BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    const busy = 5; // SQLITE_BUSY
    if (error instanceof Error && 'errcode' in error && error.errcode === busy) return false;
    throw error;
  }
}
