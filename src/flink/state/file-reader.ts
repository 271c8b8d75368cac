import { access, open, readdir, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { systemReason } from '../../core/errors/index.ts';
import { plainPath } from '../state-directories.ts';
import { Closed, type StateReader } from './reader.ts';

/** Reads what this host sees: `file:` URIs and plain paths. */
export const fileReader: StateReader = {
  knows: (place) => /^(?:file:)?\//i.test(place),

  // One that is missing may be storage that is not mounted, or is mounted elsewhere.
  listing: async (directory) => {
    const found = await stat(pathOf(directory)).catch(() => undefined);
    return found?.isDirectory()
      ? { kind: 'listable' }
      : { kind: 'closed', why: 'no such directory is seen there' };
  },

  list: async (directory) => {
    try {
      return await readdir(pathOf(directory));
    } catch (error) {
      if (isMissing(error)) return [];
      throw unreadable(directory, error);
    }
  },

  has: async (file) => {
    try {
      await access(pathOf(file));
      return true;
    } catch (error) {
      if (isMissing(error)) return false;
      throw unreadable(file, error);
    }
  },

  beginningOf: async (file, bytes) => {
    const handle = await open(pathOf(file)).catch((error: unknown) => {
      if (isMissing(error)) return undefined;
      throw isRefusal(error)
        ? new Closed(systemReason(error), { cause: error })
        : unreadable(file, error);
    });
    if (!handle) return undefined;
    try {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(bytes), 0, bytes, 0);
      return bytesRead === bytes ? buffer : undefined;
    } finally {
      await handle.close();
    }
  },
};

const pathOf = (uri: string): string => fileURLToPath(plainPath(uri));

/** It may be readable again: no outcome, whoever looked looks again. */
const unreadable = (place: string, cause: unknown): Error =>
  new Error(`the state in ${place} cannot be read: ${systemReason(cause)}`, { cause });

const isMissing = (error: unknown): boolean => isOneOf(error, ['ENOENT', 'ENOTDIR']);

/** The file belongs to another user: so it stays until somebody changes it. */
const isRefusal = (error: unknown): boolean => isOneOf(error, ['EACCES', 'EPERM']);

const isOneOf = (error: unknown, codes: readonly unknown[]): boolean =>
  error instanceof Error && 'code' in error && codes.includes(error.code);
