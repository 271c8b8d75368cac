import { open, opendir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemReason } from '../../core/errors/index.ts';
import { plainPath } from '../state-directories.ts';
import { certainly, isOneOf, namesIn } from './certain-names.ts';
import { Closed, type StateReader } from './reader.ts';

/** Reads what this host sees: `file:` URIs and plain paths. */
export const fileReader: StateReader = {
  knows: (place) => /^(?:file:)?\//i.test(place),

  // One that is missing may be storage that is not mounted, or is mounted elsewhere.
  listing: async (directory) => {
    const path = pathOf(directory);
    const found = await certainly(path, async () => {
      await (await opendir(path)).close();
      return true;
    }).catch(() => undefined);
    return found
      ? { kind: 'listable' }
      : { kind: 'closed', why: 'no such directory is seen there' };
  },

  list: async (directory) => (await namesIn(pathOf(directory)).catch(unreadable(directory))) ?? [],

  // By the names beside it: of a single file the host may remember that it was missing.
  has: async (file) => {
    const path = pathOf(file);
    const names = await namesIn(dirname(path)).catch(unreadable(file));
    return names?.includes(basename(path)) ?? false;
  },

  beginningOf: async (file, bytes) => {
    const path = pathOf(file);
    const handle = await certainly(path, () => open(path)).catch((error: unknown) => {
      if (isRefusal(error)) throw new Closed(systemReason(error), { cause: error });
      return unreadable(file)(error);
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
const unreadable =
  (place: string) =>
  (cause: unknown): never => {
    throw new Error(`the state in ${place} cannot be read: ${systemReason(cause)}`, { cause });
  };

/** The file belongs to another user: so it stays until somebody changes it. */
const isRefusal = (error: unknown): boolean => isOneOf(error, ['EACCES', 'EPERM']);
