import { access, readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** Where Flink keeps state, read from outside: `<dir>/<flink job id>/chk-N/_metadata` (flink.md 7). */

/** Can this process look at the place? Only `file:` and plain paths; for other schemes Flink's word has to do. */
export const isScannable = (uri: string): boolean => /^(?:file:)?\//i.test(uri);

/** Two spellings of one place: Flink answers `file:/a`, documents say `file:///a`. */
export const samePath = (left: string, right: string): boolean =>
  plainPath(left) === plainPath(right);

/** Whether one place lies below another, however either is spelt. */
export const isBelow = (path: string, directory: string): boolean =>
  plainPath(path).startsWith(`${plainPath(directory)}/`);

/** The newest complete retained checkpoint of a job; a folder without `_metadata` is none. */
export async function newestRetained(
  checkpointDirectory: string | undefined,
  flinkJobId: string,
): Promise<{ path: string; checkpointId: number; isSavepoint: false } | undefined> {
  if (!checkpointDirectory || !isScannable(checkpointDirectory)) return undefined;
  const base = `${checkpointDirectory.replace(/\/+$/, '')}/${flinkJobId}`;
  const names = await list(base);
  const numbers = names
    .map((name) => /^chk-(\d+)$/.exec(name)?.[1])
    .filter((digits) => digits !== undefined)
    .map(Number)
    .sort((a, b) => b - a);
  for (const checkpointId of numbers) {
    const path = `${base}/chk-${checkpointId}`;
    if (await exists(path)) return { path, checkpointId, isSavepoint: false };
  }
  return undefined;
}

/** The savepoint below a target directory that only one attempt ever used (reliability.md 2.1). */
export async function savepointIn(targetDirectory: string): Promise<string | undefined> {
  if (!isScannable(targetDirectory)) return undefined;
  for (const name of (await list(targetDirectory)).sort()) {
    const path = `${targetDirectory.replace(/\/+$/, '')}/${name}`;
    if (name.startsWith('savepoint-') && (await exists(path))) return path;
  }
  return undefined;
}

/** Is the checkpoint or savepoint still there? What cannot be looked at from here counts as there: unknown is not absent. */
export async function exists(path: string): Promise<boolean> {
  if (!isScannable(path)) return true;
  try {
    await access(`${localPath(path)}/_metadata`);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

async function list(uri: string): Promise<string[]> {
  try {
    return await readdir(localPath(uri));
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  (error.code === 'ENOENT' || error.code === 'ENOTDIR');

const plainPath = (uri: string): string =>
  uri.replace(/^(?:file:)?\/+/i, 'file:///').replace(/\/+$/, '');

/** The path of a `file:` URI on this host. */
export const localPath = (uri: string): string => fileURLToPath(plainPath(uri));
