import { randomUUID } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathOf } from '../../core/file-uri.ts';
import { explainFileError } from './files.ts';

/**
 * Makes the directories of state and writes a byte into each: a job that cannot write them would run until its first
 * checkpoint before it says so. Other kinds of URI are Flink's business.
 * @throws {Refused} DISK_FULL, or CLUSTER_START_FAILED when a directory is not writable.
 */
export async function prepareStateDirectories(uris: readonly string[]): Promise<void> {
  for (const uri of uris) {
    if (!uri.startsWith('file:')) continue;
    try {
      await prepare(pathOf(uri));
    } catch (error) {
      throw explainFileError(error, `write the state directory ${uri}`);
    }
  }
}

async function prepare(path: string): Promise<void> {
  await mkdir(path, { recursive: true });
  const probe = join(path, `.sluice-${randomUUID()}`);
  try {
    await writeFile(probe, '.', { flag: 'wx' });
  } finally {
    await rm(probe, { force: true });
  }
}
