import type { FoundCheckpoint } from '../src/core/deployment/restore-points.ts';
import type { JobEnd } from '../src/core/deployment/state.ts';
import type { JobHandle } from '../src/core/deployment/steps.ts';
import { Unreachable } from '../src/core/errors/index.ts';
import { look, type Places, placesOf } from './checkpoint-places.ts';
import type { ActivityDeps } from './deps.ts';
import { notListed, ownSavepoints } from './own-savepoints.ts';
import { type Told, toldByFlink } from './told-by-flink.ts';

/** The newest state a job left, and whether that is certain. */
export interface Newest {
  found?: FoundCheckpoint;
  /** The highest id anybody knows of, whether or not Flink has kept it. */
  highestId: number;
  /** How Flink says it ended. */
  end?: JobEnd['state'];
  /** Why something newer may exist that nobody can look for: nothing may start from what was found, nor be destroyed. */
  uncertain?: string;
}

/**
 * The newest checkpoint or savepoint that a job left: by Flink's word while its JobManager lives, and by looking at the
 * directories, which are the truth once nothing writes there any more (reliability.md 2.4). The newest that anybody knew
 * of counts even where its files are gone: a start from it fails loudly, and an older one is never taken for it (F23).
 * @param end how the job ended, where that is known.
 * @throws {Unreachable} its JobManager lives and does not answer, or its target does not, or storage does not while nobody
 * else can tell: to be asked again (S25).
 */
export async function newestOf(
  deps: ActivityDeps,
  job: JobHandle,
  end: JobEnd['state'] | undefined,
  signal: AbortSignal,
): Promise<Newest> {
  const places = await placesOf(deps, job);
  const mayBeCached = places.listing?.kind === 'listable';
  const early = await toldByFlink(deps, job, { mayBeCached }, signal);
  const looked = await look(deps.storage, places);
  const isLate = mayBeCached && looked.listing?.kind !== 'listable';
  const told = isLate ? await toldByFlink(deps, job, { mayBeCached: false }, signal) : early;
  const looks = { places: looked, told, end: told.end ?? end ?? 'GONE' };
  const weighed = await weigh(deps, job, looks, signal);
  const { isSilent, ...newest } = weighed;
  if (newest.uncertain !== undefined && isSilent)
    throw new Unreachable('STORAGE_UNAVAILABLE', newest.uncertain);
  return newest;
}

/** Only storage does not answer. Who accepts the loss of what it would tell does not wait for it. */
export const isSilentStorage = (error: unknown): error is Unreachable =>
  error instanceof Unreachable && error.code === 'STORAGE_UNAVAILABLE';

/**
 * What is known of a job that nobody can reach any more, and that a person's force says is over: by its watcher, and by
 * its directory where that is shared.
 */
export async function lastKnownOf(
  deps: ActivityDeps,
  job: JobHandle,
  signal: AbortSignal,
): Promise<Newest> {
  const told = { answered: false, why: 'nobody could look at its cluster' };
  const places = await look(deps.storage, await placesOf(deps, job));
  const { isSilent: _, ...newest } = await weigh(deps, job, { places, told, end: 'GONE' }, signal);
  return newest;
}

interface Weighed extends Newest {
  /** Storage gave no answer: what is uncertain may be known soon. */
  isSilent: boolean;
}

async function weigh(
  deps: ActivityDeps,
  job: JobHandle,
  { places, told, end }: { places: Places; told: Told; end: JobEnd['state'] },
  signal: AbortSignal,
): Promise<Weighed> {
  const { storage } = deps;
  const { seen, listing, listed } = places;
  const [directory] = places.directories;
  const own = await ownSavepoints(deps, job);
  const known = [told.newest, seen, listed, ...own.found].filter((one) => one !== undefined);
  known.sort((a, b) => b.checkpointId - a.checkpointId);
  const isThere = async (one: FoundCheckpoint) =>
    one.isSavepoint ||
    one === listed ||
    (listing?.kind !== 'silent' && (await storage.isSeen(one.path)));
  const keeps = () => keepsCheckpoints(told, job, end, signal);
  const found = await firstKept(known, isThere, keeps);
  const unseen =
    directory && listing && listing.kind !== 'listable' && end !== 'FINISHED'
      ? `its newest checkpoint is not known: ${notListed(directory, listing)}`
      : undefined;
  const unknown = told.answered ? undefined : (own.unknown ?? unseen);
  return {
    ...(found ? { found } : {}),
    highestId: known[0]?.checkpointId ?? 0,
    ...(told.end ? { end: told.end } : {}),
    ...(unknown === undefined ? {} : { uncertain: `${told.why}, and ${unknown}` }),
    isSilent: own.isSilent === true || listing?.kind === 'silent',
  };
}

/** Savepoints are nobody's to remove. What is not seen of a checkpoint was removed by Flink, unless it keeps it. */
async function firstKept(
  newestFirst: readonly FoundCheckpoint[],
  isThere: (one: FoundCheckpoint) => Promise<boolean>,
  keeps: () => Promise<boolean>,
): Promise<FoundCheckpoint | undefined> {
  for (const one of newestFirst) if ((await isThere(one)) || (await keeps())) return one;
  return undefined;
}

/** Whether Flink keeps a job's last checkpoint at this end. By its own word: a program may say otherwise than its Job. */
async function keepsCheckpoints(
  told: Told,
  { flinkJobId, retention }: JobHandle,
  ended: JobEnd['state'],
  signal: AbortSignal,
): Promise<boolean> {
  if (ended === 'FINISHED') return false;
  if (ended === 'FAILED' && retention === 'DELETE_ON_CANCELLATION') return true;
  const effective = await told.endpoint?.checkpointConfiguration(flinkJobId, signal);
  return effective?.retained ?? retention === 'RETAIN_ON_CANCELLATION';
}
