import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Teardown } from './teardown.ts';

/** A folder for clusters and state of plain scripts; it goes with the section. */
export async function plainDirectory(teardown: Teardown): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-bench-'));
  teardown.defer(() => rm(directory, { recursive: true, force: true }));
  return directory;
}
