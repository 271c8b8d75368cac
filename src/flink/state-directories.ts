import { access, readdir, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { systemReason } from '../core/errors/index.ts';

/** Where Flink keeps state, read from outside: `<dir>/<flink job id>/chk-N/_metadata` (flink.md 7). */

/** Can this process look at the place? Only `file:` and plain paths; for other schemes Flink's word has to do. */
export const isScannable = (uri: string): boolean => /^(?:file:)?\//i.test(uri);

/** Two spellings of one place: Flink answers `file:/a`, documents say `file:///a`. */
export const samePath = (left: string, right: string): boolean =>
  plainPath(left) === plainPath(right);

/**
 * Whether a checkpoint is one of this very job. Flink puts them below the job's id, wherever its program or configuration
 * wants them; the id is nobody else's.
 */
export const isOfJob = (path: string, flinkJobId: string): boolean =>
  path.split('/').includes(flinkJobId);

/**
 * Can the directory be listed from here, and now? One that is missing may be storage that is not mounted, or is mounted
 * elsewhere: what it holds is unknown, not absent (S25).
 */
export async function canBeListed(uri: string): Promise<boolean> {
  if (!isScannable(uri)) return false;
  return stat(localPath(uri)).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/**
 * The newest complete retained checkpoint of a job; a folder without `_metadata` is none.
 * @param directory `<dir>/<flink job id>`; missing, the job has written nothing.
 */
export async function newestRetained(
  directory: string,
): Promise<{ path: string; checkpointId: number; isSavepoint: false } | undefined> {
  const base = directory.replace(/\/+$/, '');
  const numbers = (await list(base))
    .map((name) => /^chk-(\d+)$/.exec(name)?.[1])
    .filter((digits) => digits !== undefined)
    .map(Number)
    .sort((a, b) => b - a);
  for (const checkpointId of numbers) {
    const path = `${base}/chk-${checkpointId}`;
    if (await isThere(path)) return { path, checkpointId, isSavepoint: false };
  }
  return undefined;
}

/** The savepoint below a target directory that only one attempt ever used (reliability.md 2.1). */
export async function savepointIn(targetDirectory: string): Promise<string | undefined> {
  if (!isScannable(targetDirectory)) return undefined;
  for (const name of (await list(targetDirectory)).sort()) {
    const path = `${targetDirectory.replace(/\/+$/, '')}/${name}`;
    if (name.startsWith('savepoint-') && (await isThere(path))) return path;
  }
  return undefined;
}

/** Whether a complete checkpoint or savepoint is seen there; one that cannot be looked at from here is not. */
export async function isThere(path: string): Promise<boolean> {
  if (!isScannable(path)) return false;
  try {
    await access(`${localPath(path)}/_metadata`);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw unreadable(path, error);
  }
}

/** The directory that holds the place. */
export const parentOf = (path: string): string => path.replace(/\/+$/, '').replace(/\/[^/]*$/, '');

async function list(uri: string): Promise<string[]> {
  try {
    return await readdir(localPath(uri));
  } catch (error) {
    if (isMissing(error)) return [];
    throw unreadable(uri, error);
  }
}

/** It may be readable again: no outcome, whoever looked looks again. */
const unreadable = (place: string, cause: unknown): Error =>
  new Error(`the state in ${place} cannot be read: ${systemReason(cause)}`, { cause });

const isMissing = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  (error.code === 'ENOENT' || error.code === 'ENOTDIR');

const plainPath = (uri: string): string =>
  uri.replace(/^(?:file:)?\/+/i, 'file:///').replace(/\/+$/, '');

/** The path of a `file:` URI on this host. */
export const localPath = (uri: string): string => fileURLToPath(plainPath(uri));
