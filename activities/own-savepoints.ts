import type { FoundCheckpoint } from '../src/core/deployment/restore-points.ts';
import type { JobHandle } from '../src/core/deployment/steps.ts';
import { Refused, Unreachable } from '../src/core/errors/index.ts';
import type { SavepointRecord } from '../src/core/records.ts';
import type { FlinkEndpoint } from '../src/flink/client.ts';
import { type NotListable, unlisted } from '../src/flink/state/reader.ts';
import type { StateStorage } from '../src/flink/state/storage.ts';
import { samePath } from '../src/flink/state-directories.ts';
import type { ActivityDeps } from './deps.ts';

/** Where a savepoint goes: a folder of its own, named by its id, so that it can be found by looking (2.1). */
export function directoryOf(job: JobHandle, savepointId: string): string {
  if (!job.savepointBase)
    throw new Refused('SAVEPOINT_NOT_CONFIGURED', 'the job has no savepoint directory');
  return `${job.savepointBase.replace(/\/+$/, '')}/${savepointId}`;
}

/** Flink's id of a savepoint: by its own files, else by its place in the history. */
export async function checkpointIdOf(
  { storage }: ActivityDeps,
  endpoint: FlinkEndpoint,
  flinkJobId: string,
  location: string,
  signal: AbortSignal,
): Promise<number | undefined> {
  // Flink answers: it is not kept waiting for storage that does not.
  const written = await storage.checkpointIdIn(location).catch(unseenIfSilent);
  if (written !== undefined) return written;
  const known = await endpoint.checkpoints(flinkJobId, signal);
  const match = [known?.latestSavepoint, known?.newest].find(
    (one) => one !== undefined && samePath(one.path, location),
  );
  return match?.id;
}

/** Rows of one job that are looked at; what older ones asked for has ended long ago. */
export const openRows = 32;

/** What the rows of a job's savepoints and their directory tell. */
interface OwnSavepoints {
  /** Oldest first. */
  found: FoundCheckpoint[];
  /** Why there may be another. */
  unknown?: string;
  /** Whether that is so for lack of an answer, which may come. */
  isSilent?: boolean;
}

/**
 * Savepoints that were asked of a job. Those whose rows do not say COMPLETED are found by looking where each was to go: an
 * attempt was given up while Flink was at it, or nobody was there to hear of its end (F21, R16). A step says COMPLETED
 * before its Deployment hears of it: where that was lost in between, only the row knows (F18).
 */
export async function ownSavepoints(
  { store, storage }: ActivityDeps,
  job: JobHandle,
): Promise<OwnSavepoints> {
  const { namespace, jobId } = job.cluster;
  const asked = (await store.savepoints.list(namespace, { jobId })).filter(isAskedFor);
  const { savepointBase } = job;
  if (asked.length === 0 || !savepointBase) return { found: [] };
  const listing = await storage.listing(savepointBase);
  const done = listing.kind === 'silent' ? unasked : await completedOnes(storage, asked);
  const open = asked.filter(({ state }) => state !== 'COMPLETED').slice(-openRows);
  if (listing.kind !== 'listable') {
    if (open.length === 0 && !done.isSilent) return { found: done.found };
    const unknown = `whether ${savepointBase} holds a savepoint of it is not known: ${listing.why}`;
    return { found: done.found, unknown, isSilent: done.isSilent };
  }
  const looks: OwnSavepoints[] = [];
  for (const { id } of [...done.unranked, ...open])
    looks.push(await lookInto(storage, directoryOf(job, id)));
  const found = [...done.found, ...looks.flatMap((look) => look.found)];
  found.sort((a, b) => a.checkpointId - b.checkpointId);
  const unknown = looks.findLast((look) => look.unknown !== undefined)?.unknown;
  const isSilent = looks.some((look) => look.isSilent);
  return { found, ...(unknown === undefined ? {} : { unknown, isSilent }) };
}

/** What lies in the folder of one savepoint. */
async function lookInto(storage: StateStorage, directory: string): Promise<OwnSavepoints> {
  const path = await storage.savepointIn(directory).catch(unlisted);
  if (typeof path === 'object')
    return { found: [], unknown: notListed(directory, path), isSilent: path.kind === 'silent' };
  if (!path) return { found: [] };
  const checkpointId = await storage.checkpointIdIn(path).catch(unlisted);
  if (typeof checkpointId === 'number' && checkpointId > 0)
    return { found: [{ path, checkpointId, isSavepoint: true }] };
  const why = typeof checkpointId === 'object' ? `: ${checkpointId.why}` : '';
  const unknown = `when the savepoint ${path} was taken cannot be read${why}`;
  return { found: [], unknown, isSilent: why !== '' };
}

interface CompletedOnes {
  found: FoundCheckpoint[];
  /** Their ranks cannot be read, or they are not there any more. Flink had told it when their rows were written. */
  unranked: SavepointRecord[];
  /** Whether that is so for lack of an answer. */
  isSilent: boolean;
}

const unasked: CompletedOnes = { found: [], unranked: [], isSilent: true };

async function completedOnes(
  storage: StateStorage,
  rows: readonly SavepointRecord[],
): Promise<CompletedOnes> {
  const found: FoundCheckpoint[] = [];
  const unranked: SavepointRecord[] = [];
  let isSilent = false;
  for (const row of rows.slice(-openRows)) {
    const { state, location: path } = row;
    if (state !== 'COMPLETED') continue;
    const rank = path ? await storage.checkpointIdIn(path).catch(unlisted) : undefined;
    if (path && typeof rank === 'number' && rank > 0)
      found.push({ path, checkpointId: rank, isSavepoint: true });
    else unranked.push(row);
    isSilent ||= typeof rank === 'object';
  }
  return { found, unranked, isSilent };
}

/** Why what a directory holds is not known. */
export const notListed = (directory: string, { why }: NotListable): string =>
  `${directory} cannot be listed from here: ${why}`;

/** @throws whatever is no silence. */
export function unseenIfSilent(error: unknown): undefined {
  if (!(error instanceof Unreachable)) throw error;
}

const isAskedFor = ({ origin }: SavepointRecord): boolean =>
  origin === 'SUSPEND' || origin === 'USER_REQUEST';
