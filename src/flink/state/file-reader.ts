import { open, opendir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemReason, Unreachable } from '../../core/errors/index.ts';
import { plainPath } from '../state-directories.ts';
import { certainly, isOneOf, namesIn } from './certain-names.ts';
import { Closed, type NotListable, type StateReader, unlisted } from './reader.ts';

/** Reads what this host sees: `file:` URIs and plain paths. */
export const fileReader: StateReader = {
  knows: (place) => /^(?:file:)?\//i.test(place),

  listing: async (directory) => {
    const path = pathOf(directory);
    const found = certainly(path, async () => {
      await (await opendir(path)).close();
      return true;
    });
    return await found.then(
      (isThere) => (isThere ? { kind: 'listable' } : unseen),
      (error: unknown) => unlisted(failedRead(directory, error)),
    );
  },

  list: async (directory) => (await namesIn(pathOf(directory)).catch(failing(directory))) ?? [],

  // By the names beside it: of a single file the host may remember that it was missing.
  has: async (file) => {
    const path = pathOf(file);
    const names = await namesIn(dirname(path)).catch(failing(file));
    return names?.includes(basename(path)) ?? false;
  },

  beginningOf: async (file, bytes) => {
    const path = pathOf(file);
    const handle = await certainly(path, () => open(path)).catch(failing(file));
    if (!handle) return undefined;
    try {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(bytes), 0, bytes, 0);
      return bytesRead === bytes ? buffer : undefined;
    } catch (error) {
      throw failedRead(file, error);
    } finally {
      await handle.close();
    }
  },
};

/** It may be storage that is not mounted, or is mounted elsewhere. */
const unseen: NotListable = { kind: 'closed', why: 'no such directory is seen there' };

/**
 * What it means that a place could not be read. What belongs to another user stays so until somebody changes it; a disk or
 * a server that fails may do its work again.
 */
export function failedRead(place: string, cause: unknown): Closed | Unreachable {
  const why = systemReason(cause);
  return isOneOf(cause, ['EACCES', 'EPERM'])
    ? new Closed(why, { cause })
    : new Unreachable('STORAGE_UNAVAILABLE', `${place} cannot be read: ${why}`, { cause });
}

const failing =
  (place: string) =>
  (cause: unknown): never => {
    throw failedRead(place, cause);
  };

const pathOf = (uri: string): string => fileURLToPath(plainPath(uri));
