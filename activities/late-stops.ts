import type { JobHandle, StopSavepoint } from '../src/core/deployment/steps.ts';
import { Unreachable } from '../src/core/errors/index.ts';
import { withoutDashes } from '../src/core/ids.ts';
import type { SavepointRecord, Stored } from '../src/core/records.ts';
import type { FlinkEndpoint } from '../src/flink/client.ts';
import { locationOf } from './await-savepoint.ts';
import { locate } from './clusters.ts';
import type { ActivityDeps } from './deps.ts';
import { checkpointIdOf, directoryOf } from './own-savepoints.ts';

/** A stop's savepoint that nobody had heard of. */
export interface LateStop extends StopSavepoint {
  /** Flink says that the job did not end with it: it went on (R02). */
  jobWentOn: boolean;
}

export interface LateStops {
  /** Oldest first, by Flink's ids. */
  stops: LateStop[];
  /** Why one more may exist: Flink said COMPLETED, and nobody can say where it is (F19). */
  unknown?: string;
}

/**
 * Stops with savepoint that got there without anybody hearing of it: their workflow was lost, and their rows still say
 * STARTED (F18, F65), or their attempts were given up, and their rows say FAILED (R16).
 */
export async function lateStops(
  deps: ActivityDeps,
  job: JobHandle,
  signal: AbortSignal,
): Promise<LateStops> {
  const { namespace, jobId } = job.cluster;
  const rows = (await deps.store.savepoints.list(namespace, { jobId })).filter(
    ({ origin, state }) => origin === 'SUSPEND' && state !== 'COMPLETED',
  );
  if (rows.length === 0) return { stops: [] };
  const at = await locate(deps, job.cluster, signal);
  const looks = rows.map((row) =>
    at.kind === 'gone'
      ? byDirectory(deps, job, row.id)
      : byFlink(deps, at.endpoint, job, row.id, signal),
  );
  const seen = await Promise.all(looks);
  const stops = rows.flatMap((row, i) => (seen[i]?.stop ? [completed(row, seen[i].stop)] : []));
  stops.sort((a, b) => a.checkpointId - b.checkpointId);
  const unknown = seen.find((one) => one.unknown)?.unknown;
  return { stops, ...(unknown === undefined ? {} : { unknown }) };
}

interface Look {
  stop?: { location: string; checkpointId: number; jobWentOn: boolean };
  unknown?: string;
}

/** What the directory does not tell is said by whoever looks for the job's newest state. */
async function byDirectory(
  { storage }: ActivityDeps,
  job: JobHandle,
  savepointId: string,
): Promise<Look> {
  const location = await storage.savepointSeenIn(directoryOf(job, savepointId));
  const checkpointId = location && (await storage.checkpointIdIn(location));
  return location && checkpointId ? { stop: { location, checkpointId, jobWentOn: false } } : {};
}

async function byFlink(
  deps: ActivityDeps,
  endpoint: FlinkEndpoint,
  job: JobHandle,
  savepointId: string,
  signal: AbortSignal,
): Promise<Look> {
  const trigger = withoutDashes(savepointId);
  const told = await endpoint.savepointOperation(job.flinkJobId, trigger, signal);
  if (told.status === 'in-progress')
    throw new Unreachable('FLINK_UNREACHABLE', 'the stop is not decided yet');
  const location = await locationOf(deps, endpoint, job, savepointId, told, signal);
  const failed = told.status === 'failed' ? told : undefined;
  if (!location)
    return failed?.unlocated ? { unknown: `of savepoint ${savepointId}: ${failed.cause}` } : {};
  const checkpointId = await checkpointIdOf(deps, endpoint, job.flinkJobId, location, signal);
  if (checkpointId === undefined)
    throw new Unreachable('FLINK_UNREACHABLE', `Flink does not tell when ${location} was taken`);
  return { stop: { location, checkpointId, jobWentOn: failed?.location !== undefined } };
}

function completed(row: Stored<SavepointRecord>, stop: NonNullable<Look['stop']>): LateStop {
  const { resourceVersion: _, createdAt: __, modifiedAt: ___, failure: ____, ...record } = row;
  const { location, checkpointId, jobWentOn } = stop;
  return { savepoint: { ...record, state: 'COMPLETED', location }, checkpointId, jobWentOn };
}
