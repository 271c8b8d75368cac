import { constants } from 'node:fs';
import { open, opendir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { systemReason, Unreachable } from '../../core/errors/index.ts';
import { pathOf } from '../../core/file-uri.ts';
import { certainly, isOneOf, namesIn } from './certain-names.ts';
import { boundedQuestions } from './file-questions.ts';
import { mountOf } from './mounts.ts';
import { Closed, type NotListable, type StateReader, unlisted } from './reader.ts';

/**
 * Reads what this host sees: `file:` URIs and plain paths. A file system that hangs is silent, and hangs nobody else.
 * @param options `answerWithinMs`: for one question; as long at most it waits for its turn.
 */
export function createFileReader({ answerWithinMs }: { answerWithinMs: number }): StateReader {
  const askFiles = boundedQuestions({ answerWithinMs, mountOf });
  const ask = async <T>(place: string, question: (path: string) => Promise<T>): Promise<T> => {
    const path = pathOf(place);
    try {
      return await askFiles(path, () => question(path));
    } catch (error) {
      throw failedRead(place, error);
    }
  };
  return {
    knows: (place) => /^(?:file:)?\//i.test(place),

    listing: (directory) =>
      ask(directory, canBeOpened).then(
        (isThere) => (isThere ? { kind: 'listable' } : unseen),
        unlisted,
      ),

    list: (directory) => ask(directory, async (path) => (await namesIn(path)) ?? []),

    // By the names beside it: of a single file the host may remember that it was missing.
    has: (file) =>
      ask(file, async (path) => (await namesIn(dirname(path)))?.includes(basename(path)) ?? false),

    beginningOf: (file, bytes) => ask(file, (path) => beginningOf(path, bytes)),
  };
}

/** It may be storage that is not mounted, or is mounted elsewhere. */
const unseen: NotListable = { kind: 'closed', why: 'no such directory is seen there' };

/**
 * What it means that a place could not be read. What belongs to another user stays so until somebody changes it; a disk or
 * a server that fails may do its work again.
 */
export function failedRead(place: string, cause: unknown): Closed | Unreachable {
  if (cause instanceof Closed) return cause;
  const why = systemReason(cause);
  return isOneOf(cause, ['EACCES', 'EPERM'])
    ? new Closed(why, { cause })
    : new Unreachable('STORAGE_UNAVAILABLE', `${place} cannot be read: ${why}`, { cause });
}

const canBeOpened = (path: string): Promise<boolean | undefined> =>
  certainly(path, async () => {
    await (await opendir(path)).close();
    return true;
  });

/** A pipe would be waited for until somebody writes, if it were opened without `O_NONBLOCK`. */
async function beginningOf(path: string, bytes: number): Promise<Buffer | undefined> {
  const flags = constants.O_RDONLY | constants.O_NONBLOCK;
  const handle = await certainly(path, () => open(path, flags));
  if (!handle) return undefined;
  try {
    if (!(await handle.stat()).isFile()) throw new Closed('it is no regular file');
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(bytes), 0, bytes, 0);
    return bytesRead === bytes ? buffer : undefined;
  } finally {
    await handle.close();
  }
}
