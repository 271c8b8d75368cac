import { handleOf, type JobHandle, type SavepointFate } from '../src/core/deployment/steps.ts';
import { Refused, Unreachable } from '../src/core/errors/index.ts';
import { withoutDashes } from '../src/core/ids.ts';
import type { JobRecord, SavepointRecord } from '../src/core/records.ts';
import { terminalJobStates } from '../src/core/vocabulary.ts';
import type { FlinkEndpoint } from '../src/flink/client.ts';
import { type NotListable, unlisted } from '../src/flink/state/reader.ts';
import { parentOf } from '../src/flink/state-directories.ts';
import { locationOf } from './await-savepoint.ts';
import { locate, targetOf } from './clusters.ts';
import type { ActivityDeps } from './deps.ts';
import { checkpointIdOf, directoryOf, notListed } from './own-savepoints.ts';

/**
 * What became of a savepoint that nobody waits for any more, whether or not Flink was asked for it (F65, R18): by its
 * trigger id while Flink knows the job, by its directory once the cluster is gone.
 * @param job the one it is of.
 */
export async function fateOf(
  deps: ActivityDeps,
  savepoint: Pick<SavepointRecord, 'id'>,
  job: JobRecord | undefined,
  signal: AbortSignal,
): Promise<SavepointFate> {
  if (!job) return impossible('its job is not known');
  const handle = handleOf({ record: job });
  if (!handle.savepointBase) return impossible('its job has no savepoint directory');
  // Its row was closed when its cluster was proven gone; but its directory may be on another host.
  return terminalJobStates.includes(job.state)
    ? openWhereSilent(signal, async () => {
        await targetOf(deps, handle.cluster, signal);
        return fateByDirectory(deps, handle, savepoint.id, 'its job has ended');
      })
    : fateOfOpen(deps, handle, savepoint.id, signal);
}

/** As {@link fateOf}, of a Job that has not ended as far as the store knows. */
export const fateOfOpen = (
  deps: ActivityDeps,
  job: JobHandle,
  savepointId: string,
  signal: AbortSignal,
): Promise<SavepointFate> =>
  openWhereSilent(signal, async () => {
    const at = await locate(deps, job.cluster, signal);
    return at.kind === 'gone'
      ? fateByDirectory(deps, job, savepointId, at.why)
      : fateByFlink(deps, at.endpoint, job, savepointId, signal);
  });

/** Who does not answer, or does not hold the cluster, proves nothing (S25). */
async function openWhereSilent(
  signal: AbortSignal,
  look: () => Promise<SavepointFate>,
): Promise<SavepointFate> {
  try {
    return await look();
  } catch (error) {
    const silent =
      error instanceof Unreachable ||
      (error instanceof Refused && error.code === 'TARGET_NOT_FOUND');
    if (!silent || signal.aborted) throw error;
    return { kind: 'open', why: error.message };
  }
}

async function fateByFlink(
  deps: ActivityDeps,
  endpoint: FlinkEndpoint,
  job: JobHandle,
  savepointId: string,
  signal: AbortSignal,
): Promise<SavepointFate> {
  const trigger = withoutDashes(savepointId);
  const operation = await endpoint.savepointOperation(job.flinkJobId, trigger, signal);
  if (operation.status === 'in-progress') return { kind: 'open', why: 'Flink is at it' };
  const location = await locationOf(deps, endpoint, job, savepointId, operation, signal);
  if (!location && operation.status === 'failed' && operation.unlocated)
    return { kind: 'open', why: operation.cause };
  if (!location)
    return impossible(
      operation.status === 'failed' ? operation.cause : 'Flink was not asked for it',
    );
  const checkpointId = await checkpointIdOf(deps, endpoint, job.flinkJobId, location, signal);
  return completedAt(location, checkpointId);
}

async function fateByDirectory(
  { storage }: ActivityDeps,
  job: JobHandle,
  savepointId: string,
  why: string,
): Promise<SavepointFate> {
  const directory = directoryOf(job, savepointId);
  const unseen = (listing: NotListable): SavepointFate => ({
    kind: 'open',
    why: `${why}, and ${notListed(directory, listing)}`,
  });
  const listing = await storage.listing(parentOf(directory));
  if (listing.kind !== 'listable') return unseen(listing);
  const location = await storage.savepointIn(directory).catch(unlisted);
  if (typeof location === 'object') return unseen(location);
  if (!location) return impossible(`${why}, and ${directory} holds none`);
  return completedAt(location, await storage.checkpointIdIn(location));
}

/** Without its place in the lineage it is nothing to start from (S3). */
const completedAt = (location: string, checkpointId: number | undefined): SavepointFate =>
  checkpointId === undefined
    ? { kind: 'open', why: `when the savepoint ${location} was taken cannot be read` }
    : { kind: 'completed', location, checkpointId };

const impossible = (message: string): SavepointFate => ({
  kind: 'impossible',
  failure: { reason: 'INTERRUPTED', message },
});
