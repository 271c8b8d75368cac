import { mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import type { ClusterRef } from '../../core/cluster.ts';
import {
  errorCode,
  namesIn,
  readIfThere,
  readRecord,
  removeTree,
  syncDirectory,
  writeWhole,
} from './files.ts';
import { hostIdentitySchema, type ProcessIdentity, processIdentitySchema } from './processes.ts';
import type { Part } from './token.ts';

/** Names a cluster in our own files. */
export const clusterRefSchema: z.ZodType<ClusterRef> = z.object({
  clusterId: z.string(),
  jobId: z.string(),
  deploymentId: z.string(),
  namespace: z.string(),
  target: z.string(),
});

const clusterFileSchema = z.object({
  ref: clusterRefSchema,
  /** The system its processes run on. */
  host: hostIdentitySchema,
  /** Its own loopback address, and where on it REST listens. */
  address: z.string(),
  restPort: z.int(),
  /** Where the JobManager is found by its TaskManagers. */
  rpc: z.object({ host: z.string(), port: z.int() }),
  taskManagers: z.int(),
});
/** What is fixed about a cluster when its folder is made. */
export type ClusterFile = z.infer<typeof clusterFileSchema>;

/**
 * The folder of one cluster, `<dataDirectory>/clusters/<clusterId>`:
 * `cluster.json`, `logs/<part>.log` and, for each part, `<part>/{config.yaml,log4j2.properties,process.json,tmp/}`, with
 * `jobmanager/intended` once its one start was decided. Mode 0700: the configuration may hold secrets.
 */
export class ClusterFolder {
  readonly path: string;

  constructor(dataDirectory: string, clusterId: string) {
    // It is removed with all that is in it: a strange id must never name another folder.
    if (!/^[a-z0-9]{1,63}$/.test(clusterId)) throw new TypeError(`not a cluster id: ${clusterId}`);
    this.path = join(clustersDirectory(dataDirectory), clusterId);
  }

  part(part: Part): string {
    return join(this.path, part);
  }

  get logs(): string {
    return join(this.path, 'logs');
  }

  async read(): Promise<ClusterFile | undefined> {
    return await readRecord(join(this.path, 'cluster.json'), clusterFileSchema);
  }

  /** Makes the folder in one step: it is either there with its `cluster.json`, or not at all. */
  async make(file: ClusterFile): Promise<void> {
    const unfinished = join(dirname(this.path), `${leftoverPrefix}new-${basename(this.path)}`);
    await rm(unfinished, { recursive: true, force: true });
    await mkdir(unfinished, { recursive: true, mode: 0o700 });
    await writeWhole(join(unfinished, 'cluster.json'), JSON.stringify(file));
    await mkdir(join(unfinished, 'logs'), { mode: 0o700 });
    await rename(unfinished, this.path);
    await syncDirectory(dirname(this.path));
  }

  /** From here on the JobManager counts as started, whatever happens: it is never started a second time. */
  async intendJobManager(): Promise<void> {
    await writeWhole(this.intentPath(), '');
  }

  /** Only for who knows that no process came of the intent. */
  async takeBackIntent(): Promise<void> {
    await rm(this.intentPath(), { force: true });
  }

  async jobManagerIsIntended(): Promise<boolean> {
    return (await readIfThere(this.intentPath())) !== undefined;
  }

  async record(part: Part, process: ProcessIdentity): Promise<void> {
    await writeWhole(join(this.part(part), 'process.json'), JSON.stringify(process));
  }

  async recorded(part: Part): Promise<ProcessIdentity | undefined> {
    return await readRecord(join(this.part(part), 'process.json'), processIdentitySchema);
  }

  /**
   * Removes the folder, first from sight: a half-removed one is never taken for a cluster.
   * @returns false: out of sight, and something in it cannot be removed; {@link removeLeftovers} tries again.
   */
  async remove(): Promise<boolean> {
    const dying = join(dirname(this.path), `${leftoverPrefix}old-${basename(this.path)}`);
    try {
      await rename(this.path, dying);
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
    }
    return await removeTree(dying).then(
      () => true,
      () => false,
    );
  }

  private intentPath(): string {
    return join(this.part('jobmanager'), 'intended');
  }
}

const leftoverPrefix = '.';
const clustersDirectory = (dataDirectory: string): string => join(dataDirectory, 'clusters');

/** Ids of all clusters that have a folder. */
export async function folderIds(dataDirectory: string): Promise<string[]> {
  const names = await namesIn(clustersDirectory(dataDirectory));
  return names.filter((name) => !name.startsWith(leftoverPrefix));
}

/**
 * Removes what kills left of folders half-made or half-removed. Only while nobody makes one.
 * @returns names of those that do not go: they take room, and are no reason to start nothing any more (S17).
 */
export async function removeLeftovers(dataDirectory: string): Promise<string[]> {
  const directory = clustersDirectory(dataDirectory);
  const stubborn: string[] = [];
  for (const name of await namesIn(directory)) {
    if (!name.startsWith(leftoverPrefix)) continue;
    await removeTree(join(directory, name)).catch(() => stubborn.push(name));
  }
  return stubborn;
}
