import type { FoundCheckpoint } from '../src/core/deployment/restore-points.ts';
import type { JobHandle } from '../src/core/deployment/steps.ts';
import { type Listing, unlisted } from '../src/flink/state/reader.ts';
import type { StateStorage } from '../src/flink/state/storage.ts';
import { parentOf } from '../src/flink/state-directories.ts';
import type { ActivityDeps } from './deps.ts';

/** Where a job's checkpoints are. */
export interface Places {
  /** The newest that its watcher heard of. */
  seen?: FoundCheckpoint;
  /** Each of them may hold some; none: it has no directory. */
  directories: string[];
  /** Of what the first of `directories` is in. */
  listing?: Listing;
  /** The newest in `directories`. */
  listed?: FoundCheckpoint;
}

/** Where to look. Nobody has looked there yet. */
export async function placesOf(deps: ActivityDeps, job: JobHandle): Promise<Places> {
  const seen = await seenByWatcher(deps, job);
  const directories = directoriesOf(job, seen);
  const [first] = directories;
  return {
    ...(seen ? { seen } : {}),
    directories,
    ...(first === undefined ? {} : { listing: await deps.storage.listing(parentOf(first)) }),
  };
}

/** Looks into the directories themselves: that their base can be listed does not mean that they can. */
export async function look(storage: StateStorage, places: Places): Promise<Places> {
  const { directories, listing } = places;
  if (listing?.kind !== 'listable') return places;
  let looked = places;
  for (const directory of directories) {
    const newest = await storage.newestRetained(directory).catch(unlisted);
    if (newest && 'kind' in newest) return { ...looked, listing: newest };
    const listed = newer(looked.listed, newest);
    if (listed) looked = { ...looked, listed };
  }
  return looked;
}

/** What was known before a cluster went, or after: Flink's word is gone with it, a directory may not be listable. */
export const newer = (a?: FoundCheckpoint, b?: FoundCheckpoint): FoundCheckpoint | undefined =>
  a && b ? (b.checkpointId >= a.checkpointId ? b : a) : (a ?? b);

/**
 * Where Flink was seen to write counts: a program may set another directory than its Job's. It may also want no folder for
 * each job (`create-subdir`): then they lie directly in the directory of its Job, which is no other job's.
 */
function directoriesOf(job: JobHandle, seen: FoundCheckpoint | undefined): string[] {
  if (seen && !seen.isSavepoint) return [parentOf(seen.path)];
  const base = job.checkpointDirectory?.replace(/\/+$/, '');
  return base ? [`${base}/${job.flinkJobId}`, base] : [];
}

async function seenByWatcher(
  deps: ActivityDeps,
  job: JobHandle,
): Promise<FoundCheckpoint | undefined> {
  const seen = (await deps.store.observations.get(job.cluster.jobId))?.checkpoint;
  return seen && { path: seen.path, checkpointId: seen.id, isSavepoint: seen.isSavepoint };
}
