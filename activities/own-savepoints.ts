import type { FoundCheckpoint } from '../src/core/deployment/restore-points.ts';
import type { JobHandle } from '../src/core/deployment/steps.ts';
import { Refused } from '../src/core/errors/index.ts';
import type { SavepointRecord } from '../src/core/records.ts';
import { checkpointIdIn } from '../src/flink/checkpoint-metadata.ts';
import type { FlinkEndpoint } from '../src/flink/client.ts';
import { canBeListed, samePath, savepointIn } from '../src/flink/state-directories.ts';
import type { ActivityDeps } from './deps.ts';

/** Where a savepoint goes: a folder of its own, named by its id, so that it can be found by looking (2.1). */
export function directoryOf(job: JobHandle, savepointId: string): string {
  if (!job.savepointBase)
    throw new Refused('SAVEPOINT_NOT_CONFIGURED', 'the job has no savepoint directory');
  return `${job.savepointBase.replace(/\/+$/, '')}/${savepointId}`;
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

/** Rows of one job that are looked at; what older ones asked for has ended long ago. */
export const openRows = 32;

/**
 * Savepoints that were asked of a job. Those whose rows do not say COMPLETED are found by looking where each was to go: an
 * attempt was given up while Flink was at it, or nobody was there to hear of its end (F21, R16). A step says COMPLETED
 * before its Deployment hears of it: where that was lost in between, only the row knows (F18).
 */
export async function ownSavepoints(
  deps: ActivityDeps,
  job: JobHandle,
): Promise<{ found: FoundCheckpoint[]; unknown?: string }> {
  const { namespace, jobId } = job.cluster;
  const asked = (await deps.store.savepoints.list(namespace, { jobId })).filter(isAskedFor);
  const found = await completedOnes(asked);
  const rows = asked.filter(({ state }) => state !== 'COMPLETED').slice(-openRows);
  const { savepointBase } = job;
  if (rows.length === 0 || !savepointBase) return { found };
  if (!(await canBeListed(savepointBase)))
    return { found, unknown: `whether ${savepointBase} holds a savepoint of it is not known` };
  let unknown: string | undefined;
  for (const { id } of rows) {
    const path = await savepointIn(directoryOf(job, id));
    const checkpointId = path && (await checkpointIdIn(path));
    if (path && checkpointId) found.push({ path, checkpointId, isSavepoint: true });
    else if (path) unknown = `when the savepoint ${path} was taken cannot be read`;
  }
  found.sort((a, b) => a.checkpointId - b.checkpointId);
  return { found, ...(unknown === undefined ? {} : { unknown }) };
}

/** Those whose rank can be read: of the others Flink had told it when their rows were written. */
async function completedOnes(rows: readonly SavepointRecord[]): Promise<FoundCheckpoint[]> {
  const found: FoundCheckpoint[] = [];
  for (const { state, location: path } of rows.slice(-openRows)) {
    if (state !== 'COMPLETED') continue;
    const checkpointId = path && (await checkpointIdIn(path));
    if (path && checkpointId) found.push({ path, checkpointId, isSavepoint: true });
  }
  return found;
}

const isAskedFor = ({ origin }: SavepointRecord): boolean =>
  origin === 'SUSPEND' || origin === 'USER_REQUEST';
