import type { FoundCheckpoint } from '../src/core/deployment/restore-points.ts';
import type { JobHandle } from '../src/core/deployment/steps.ts';
import { HeldElsewhere, Unreachable } from '../src/core/errors/index.ts';
import { checkpointIdIn } from '../src/flink/checkpoint-metadata.ts';
import type { FlinkEndpoint } from '../src/flink/client.ts';
import { exists, isScannable, newestRetained, samePath } from '../src/flink/state-directories.ts';
import { locate } from './clusters.ts';
import type { ActivityDeps } from './deps.ts';

/** The newest state a job left, and whether that is certain. */
export interface Newest {
  found?: FoundCheckpoint;
  /** Set when something newer may exist that could not be looked for. */
  uncertain?: string;
}

/**
 * The newest checkpoint or savepoint of a job that can still be restored: by Flink's word while its JobManager lives, and
 * by looking at the directory, which is the truth once nothing writes there any more (reliability.md 2.4).
 */
export async function newestOf(
  deps: ActivityDeps,
  job: JobHandle,
  signal: AbortSignal,
): Promise<Newest> {
  const told = await toldByFlink(deps, job, signal);
  const seen = await seenByWatcher(deps, job);
  const listed = await newestRetained(job.checkpointDirectory, job.flinkJobId);
  const candidates = [told.found, seen, listed].filter((one) => one !== undefined);
  const reachable: FoundCheckpoint[] = [];
  for (const one of candidates) if (await exists(one.path)) reachable.push(one);
  const found = reachable.sort((a, b) => a.checkpointId - b.checkpointId).at(-1);
  const certain = told.answered || !job.checkpointDirectory || isScannable(job.checkpointDirectory);
  return {
    ...(found ? { found } : {}),
    ...(certain
      ? {}
      : { uncertain: `Flink is gone and ${job.checkpointDirectory} cannot be listed from here` }),
  };
}

/** What was known before a cluster went, or after: Flink's word is gone with it, a directory may not be listable. */
export const newer = (a?: FoundCheckpoint, b?: FoundCheckpoint): FoundCheckpoint | undefined =>
  a && b ? (b.checkpointId >= a.checkpointId ? b : a) : (a ?? b);

async function toldByFlink(
  deps: ActivityDeps,
  job: JobHandle,
  signal: AbortSignal,
): Promise<{ answered: boolean; found?: FoundCheckpoint }> {
  try {
    const at = await locate(deps, job.cluster, signal);
    if (at.kind === 'gone') return { answered: false };
    const newest = (await at.endpoint.checkpoints(job.flinkJobId, signal))?.newest;
    if (!newest) return { answered: true };
    const { id, path, isSavepoint } = newest;
    return { answered: true, found: { path, checkpointId: id, isSavepoint } };
  } catch (error) {
    // What this host's disk holds says nothing of what that one's does.
    if (error instanceof HeldElsewhere) throw error;
    if (error instanceof Unreachable) return { answered: false };
    throw error;
  }
}

async function seenByWatcher(
  deps: ActivityDeps,
  job: JobHandle,
): Promise<FoundCheckpoint | undefined> {
  const seen = (await deps.store.observations.get(job.cluster.jobId))?.checkpoint;
  return seen && { path: seen.path, checkpointId: seen.id, isSavepoint: seen.isSavepoint };
}

/** What is known of a job that nobody can reach any more: by its watcher, and by its directory where that is shared. */
export async function lastKnownOf(
  deps: ActivityDeps,
  job: JobHandle,
): Promise<FoundCheckpoint | undefined> {
  const listed = await newestRetained(job.checkpointDirectory, job.flinkJobId);
  return newer(await seenByWatcher(deps, job), listed);
}

/** Flink's id of a savepoint: by its own files, else by its place in the history. */
export async function checkpointIdOf(
  endpoint: FlinkEndpoint,
  flinkJobId: string,
  location: string,
  signal: AbortSignal,
): Promise<number | undefined> {
  const written = await checkpointIdIn(location);
  if (written !== undefined) return written;
  const known = await endpoint.checkpoints(flinkJobId, signal);
  const match = [known?.latestSavepoint, known?.newest].find(
    (one) => one !== undefined && samePath(one.path, location),
  );
  return match?.id;
}
