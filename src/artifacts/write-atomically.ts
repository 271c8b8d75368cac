import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Refused, Unreachable } from '../core/errors/index.ts';
import { errorCode } from './file-errors.ts';

/** What was written. `sha256` in hex. */
export interface Written {
  sha256: string;
  size: number;
}

/** A finished temporary file: it becomes visible by `moveTo`, in one step, or goes by `discard`. */
export interface Draft extends Written {
  moveTo(path: string): Promise<void>;
  discard(): Promise<void>;
}

/**
 * Writes a stream to a temporary file and hashes it on the way; only complete and synced content is ever returned.
 * @param directory for the temporary file; on the file system it is to be moved on, as only there a rename is atomic.
 * @throws {Refused} ARTIFACT_TOO_LARGE beyond `maxBytes`. @throws {Unreachable} ARTIFACT_UNAVAILABLE: the disk is full.
 * Whatever the stream throws. Nothing is left behind then.
 */
export async function writeDraft(
  directory: string,
  content: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<Draft> {
  await mkdir(directory, { recursive: true });
  const temporary = join(directory, `${randomUUID()}.part`);
  const discard = () => rm(temporary, { force: true });
  try {
    const written = await writeAll(temporary, content, maxBytes);
    return { ...written, discard, moveTo: (path) => move(temporary, path) };
  } catch (error) {
    await discard();
    throw isFull(error) ? noSpace(error) : error;
  }
}

async function writeAll(
  path: string,
  content: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<Written> {
  const hash = createHash('sha256');
  let size = 0;
  await using file = await open(path, 'wx', 0o644);
  for await (const chunk of content) {
    size += chunk.byteLength;
    if (size > maxBytes) throw tooLarge(maxBytes);
    hash.update(chunk);
    await file.writeFile(chunk);
  }
  await file.sync();
  return { sha256: hash.digest('hex'), size };
}

/** The rename itself must survive a power cut too, so the folder is synced. */
async function move(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await rename(from, to);
  await using folder = await open(dirname(to), 'r');
  await folder.sync();
}

const isFull = (error: unknown): boolean => ['ENOSPC', 'EDQUOT'].includes(errorCode(error) ?? '');

/** It may work once there is room, so it is no fault of the request and burns no attempt. */
const noSpace = (cause: unknown): Unreachable =>
  new Unreachable(
    'ARTIFACT_UNAVAILABLE',
    'No space is left on the disk for artifacts; free some, then try again.',
    { cause },
  );

/** Refusal of an artifact beyond the limit, in bytes. */
export const tooLarge = (maxBytes: number): Refused =>
  new Refused(
    'ARTIFACT_TOO_LARGE',
    `The artifact is larger than the allowed ${maxBytes} bytes; make it smaller, or raise the limit.`,
  );
