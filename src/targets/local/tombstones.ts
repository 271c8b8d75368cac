import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { ClusterRef } from '../../core/cluster.ts';
import { clusterRefSchema } from './cluster-folder.ts';
import { namesIn, readRecord, writeWhole } from './files.ts';

const tombstoneSchema = z.object({ ref: clusterRefSchema, destroyedAt: z.string() });
/** Says that a cluster is dead for good: no late copy of a given-up attempt may make it again (rule 3 of 2.2). */
export type Tombstone = z.infer<typeof tombstoneSchema>;

/** As long as a JobManager remembers how its job ended (reliability.md 3.1): no attempt is given up for so long. */
const keptMs = 7 * 24 * 3_600_000;

const directories = { tombstones: 'tombstones', logs: 'logs' } as const;

/** Remembers that the cluster is dead; the first time counts. */
export async function bury(dataDirectory: string, ref: ClusterRef, now: Date): Promise<Tombstone> {
  const known = await readTombstone(dataDirectory, ref.clusterId);
  if (known !== undefined) return known;
  const tombstone = { ref, destroyedAt: now.toISOString() };
  const path = join(dataDirectory, directories.tombstones, ref.clusterId);
  await writeWhole(path, JSON.stringify(tombstone));
  return tombstone;
}

export async function readTombstone(
  dataDirectory: string,
  clusterId: string,
): Promise<Tombstone | undefined> {
  return await readRecord(join(dataDirectory, directories.tombstones, clusterId), tombstoneSchema);
}

/** Keeps the end of a dead cluster's logs beside its tombstone, for people: `<dataDirectory>/logs/<clusterId>.log`. */
export async function keepLastLogs(
  dataDirectory: string,
  clusterId: string,
  text: string,
): Promise<void> {
  await writeWhole(join(dataDirectory, directories.logs, `${clusterId}.log`), text);
}

/** Drops tombstones and last logs older than a week. */
export async function dropOldTombstones(dataDirectory: string, now: Date): Promise<void> {
  for (const directory of Object.values(directories)) {
    const path = join(dataDirectory, directory);
    for (const name of await namesIn(path)) {
      const { mtimeMs } = await stat(join(path, name));
      if (now.getTime() - mtimeMs > keptMs) await rm(join(path, name), { force: true });
    }
  }
}
