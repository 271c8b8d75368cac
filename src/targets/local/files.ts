import { randomUUID } from 'node:crypto';
import { chmod, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { z } from 'zod';
import { Refused, SluiceError, systemReason, Unreachable } from '../../core/errors/index.ts';

/**
 * Writes a file as a whole and for good: it is never seen half-written, and it is on the disk when this returns, so that
 * no loss of power takes back an intent whose effect may have happened (S22).
 */
export async function writeWhole(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${randomUUID()}`;
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncDirectory(dirname(path));
}

/** Makes the names in a directory last. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** Content of a file; undefined when it does not exist. Other errors are thrown: they prove nothing (S25). */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Names in a directory; none when it does not exist. */
export async function namesIn(path: string): Promise<string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

/** Removes a folder with all that a job may have put there: also directories that it made read-only. */
export async function removeTree(path: string): Promise<void> {
  const options = { recursive: true, force: true, maxRetries: 3 };
  try {
    await rm(path, options);
  } catch (error) {
    if (errorCode(error) !== 'EACCES') throw error;
    await openDirectories(path);
    await rm(path, options);
  }
}

async function openDirectories(path: string): Promise<void> {
  await chmod(path, 0o700);
  for (const entry of await readdir(path, { withFileTypes: true }))
    if (entry.isDirectory()) await openDirectories(join(path, entry.name));
}

/**
 * A JSON file of ours; undefined when it does not exist.
 * @throws {Unreachable} TARGET_UNREACHABLE when it cannot be read as what it should be.
 */
export async function readRecord<T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> {
  const text = await readIfThere(path);
  if (text === undefined) return undefined;
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new Unreachable('TARGET_UNREACHABLE', `${path} is damaged; repair it by hand`, { cause });
  }
}

/** `code` of an error of the operating system, such as `ENOENT`. */
export const errorCode = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined;

/** The disk, or the user's share of it, is full. */
export const isDiskFull = (error: unknown): boolean =>
  errorCode(error) === 'ENOSPC' || errorCode(error) === 'EDQUOT';

const isForbidden = new Set<unknown>(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EISDIR', 'ELOOP']);

/**
 * An error of the file system in the words of our domain; any other error as it is.
 * @param what was being done, for people: `make the cluster j1`.
 */
export function explainFileError(error: unknown, what: string): unknown {
  const code = errorCode(error);
  if (error instanceof SluiceError || !(error instanceof Error) || !isSystemCode(code))
    return error;
  const text = `cannot ${what}: ${systemReason(error)}`;
  if (isDiskFull(error)) {
    return new Refused('DISK_FULL', `${text}. Free space on the disk.`, { cause: error });
  }
  if (isForbidden.has(code)) {
    const advice = 'Give this user the right to write there.';
    return new Refused('CLUSTER_START_FAILED', `${text}. ${advice}`, { cause: error });
  }
  return new Unreachable('TARGET_UNREACHABLE', text, { cause: error });
}

const isSystemCode = (code: unknown): boolean => typeof code === 'string' && /^E[A-Z]/.test(code);
