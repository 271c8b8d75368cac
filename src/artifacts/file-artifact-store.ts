import { mkdir, opendir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Refused } from '../core/errors/index.ts';
import type { ArtifactInfo, ArtifactStore } from './artifacts.ts';
import { isMissing } from './file-errors.ts';
import { writeDraft } from './write-atomically.ts';

export interface FileArtifactStoreOptions {
  /** Local directory of `blobStorage.baseUri`; artifacts live in `artifacts/namespaces/<namespace>/` below it. */
  directory: string;
  /** Bytes. */
  maxUploadBytes: number;
}

/**
 * Artifacts in a directory (api.md 2.12). A replaced artifact changes in one step: readers see the old or the new file,
 * never half of one, and after an answered upload it is on the disk.
 */
export function createFileArtifactStore(options: FileArtifactStoreOptions): ArtifactStore {
  const root = join(options.directory, 'artifacts');
  const folder = (namespace: string) => join(root, 'namespaces', safeSegment(namespace));
  const path = (namespace: string, filename: string) =>
    join(folder(namespace), safeSegment(filename));
  return {
    async upload(namespace, filename, content) {
      const target = path(namespace, filename);
      const draft = await writeDraft(join(root, 'incoming'), content, options.maxUploadBytes);
      await draft.moveTo(target);
      // Undefined only when somebody deletes it at this very moment.
      const info = await describe(folder(namespace), filename);
      return (
        info ?? {
          filename,
          uri: pathToFileURL(target).href,
          size: draft.size,
          createdAt: Date.now(),
        }
      );
    },
    list: (namespace, limit) => list(folder(namespace), limit),
    get: (namespace, filename) =>
      isSafeSegment(filename) ? describe(folder(namespace), filename) : Promise.resolve(undefined),
    async missing(uri) {
      const base = `${pathToFileURL(join(root, 'namespaces')).href}/`;
      if (!uri.startsWith(base)) return undefined;
      const [namespace = '', filename = '', ...deeper] = uri
        .slice(base.length)
        .split('/')
        .map(decoded);
      if (deeper.length > 0 || ![namespace, filename].every(isSafeSegment)) return undefined;
      return (await describe(folder(namespace), filename)) ? undefined : filename;
    },
    async remove(namespace, filename) {
      if (!isSafeSegment(filename)) return false;
      const known = await describe(folder(namespace), filename);
      await rm(path(namespace, filename), { force: true });
      return known !== undefined;
    },
  };
}

async function list(folder: string, limit: number): Promise<ArtifactInfo[]> {
  await mkdir(folder, { recursive: true });
  const names: string[] = [];
  for await (const entry of await opendir(folder)) {
    if (entry.isFile()) names.push(entry.name);
  }
  const chosen = names.sort().slice(0, limit);
  const infos = await Promise.all(chosen.map((name) => describe(folder, name)));
  return infos.filter((info) => info !== undefined);
}

async function describe(folder: string, filename: string): Promise<ArtifactInfo | undefined> {
  const path = join(folder, filename);
  try {
    const { size, mtimeMs } = await stat(path);
    return { filename, uri: pathToFileURL(path).href, size, createdAt: Math.trunc(mtimeMs) };
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Empty, which names no file, where the escapes are wrong. */
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return '';
  }
}

/** One path segment that names a file and nothing else: no separators, no dot files, nothing unprintable (N09). */
const isSafeSegment = (name: string): boolean =>
  /^[^./\\\p{Cc}][^/\\\p{Cc}]*$/u.test(name) && Buffer.byteLength(name) <= 255;

function safeSegment(name: string): string {
  if (isSafeSegment(name)) return name;
  throw new Refused(
    'ARTIFACT_REFUSED',
    'The file name must be 1 to 255 bytes without "/", "\\" or control characters, and must not begin with a dot.',
  );
}
