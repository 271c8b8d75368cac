import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Refused } from '../core/errors/index.ts';

/**
 * One `sluice start` per data directory. The lock is SQLite's, hence the kernel's: it ends with its process however that
 * ends, so none is ever stale. Keep the handle: once nobody refers to it, the garbage collector frees the lock.
 */
export interface InstanceLock {
  release(): void;
}

/** @throws {Refused} NOT_POSSIBLE_NOW when another Sluice runs on the directory, with its process id. */
export function lockInstance(dataDirectory: string): InstanceLock {
  mkdirSync(dataDirectory, { recursive: true, mode: 0o700 });
  const owner = join(dataDirectory, 'sluice.pid');
  const lock = new DatabaseSync(join(dataDirectory, 'sluice.lock'));
  if (!tryLock(lock)) {
    lock.close();
    throw new Refused(
      'NOT_POSSIBLE_NOW',
      `another Sluice (process ${processOf(owner)}) runs on ${dataDirectory}; stop it, or set SLUICE_DATA_DIR`,
    );
  }
  writeFileSync(owner, String(process.pid));
  return { release: () => lock.close() };
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

function processOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').slice(0, 20);
  } catch {
    return 'unknown'; // it holds the lock, but has not written its id yet
  }
}
