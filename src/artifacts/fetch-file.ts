import { constants } from 'node:fs';
import { type FileHandle, open, realpath } from 'node:fs/promises';
import { basename } from 'node:path';
import { isWithin, notFetchable, type UriRules } from '../core/artifact-uri.ts';
import { Refused, Unreachable } from '../core/errors/index.ts';
import type { FetchedArtifact } from './artifacts.ts';
import type { ContentCache } from './content-cache.ts';
import { errorCode, isMissing } from './file-errors.ts';
import { safeFilename } from './safe-filename.ts';
import { tooLarge } from './write-atomically.ts';

/**
 * Copies a local file into the cache: what was hashed must be what is uploaded, and the original may be replaced at any
 * moment.
 * @param path judged by its text; symbolic links are resolved and judged here.
 * @throws {Refused} ARTIFACT_REFUSED outside the allowed directories, ARTIFACT_NOT_FOUND, ARTIFACT_TOO_LARGE.
 * @throws {Unreachable} ARTIFACT_UNAVAILABLE when it changes meanwhile.
 */
export async function fetchFile(
  uri: string,
  path: string,
  rules: UriRules,
  cache: ContentCache,
  maxBytes: number,
): Promise<FetchedArtifact> {
  await using file = await openAllowed(uri, path, rules);
  const { size } = await file.stat();
  if (size > maxBytes) throw tooLarge(maxBytes);
  const version = await versionOf(file);
  const cached = await cache.find(uri);
  if (cached?.validators.file === version) return cached.artifact;
  const draft = await cache.draft(file.createReadStream({ autoClose: false, start: 0 }), maxBytes);
  if ((await versionOf(file)) !== version) {
    await draft.discard();
    throw new Unreachable('ARTIFACT_UNAVAILABLE', `The artifact ${uri} changed while it was read.`);
  }
  return cache.keep(draft, uri, safeFilename(basename(path)), { file: version });
}

/** Changes whenever the content may have. */
async function versionOf(file: FileHandle): Promise<string> {
  const { dev, ino, size, mtimeNs, ctimeNs } = await file.stat({ bigint: true });
  return [dev, ino, size, mtimeNs, ctimeNs].join(':');
}

async function openAllowed(uri: string, path: string, rules: UriRules): Promise<FileHandle> {
  const real = await found(uri, realpath(path));
  const directories = await Promise.all(rules.allowedDirectories.map(realOrNothing));
  const inside = directories.some((one) => one !== undefined && isWithin(real, one));
  if (!inside) throw new Refused('ARTIFACT_REFUSED', `The artifact ${uri} ${notFetchable}.`);
  // O_NOFOLLOW: the last part must still be the file that was judged; O_NONBLOCK: a pipe must not hang the worker.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const file = await found(uri, open(real, flags));
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw missing(uri);
}

async function realOrNothing(directory: string): Promise<string | undefined> {
  try {
    return await realpath(directory);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Missing and forbidden are one answer; a broken disk is another. */
async function found<T>(uri: string, look: Promise<T>): Promise<T> {
  try {
    return await look;
  } catch (error) {
    const answers = ['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'ELOOP', 'ENAMETOOLONG', 'ENXIO'];
    if (answers.includes(errorCode(error) ?? '')) throw missing(uri, error);
    throw error;
  }
}

const missing = (uri: string, cause?: unknown): Refused =>
  new Refused('ARTIFACT_NOT_FOUND', `The artifact ${uri} ${notFetchable}.`, { cause });
