import { derivedUuid } from '../ids.ts';
import type { JobRecord, SavepointRecord } from '../records.ts';
import type { RestoreStrategyKind } from '../vocabulary.ts';
import { putSavepoint } from './outbox.ts';
import type { DeploymentState, Pin, RestorePoint } from './state.ts';

/** Kept per kind; the rows in the store stay. Older ones can never be chosen: the newest of each kind always is. */
const keptPerKind = 50;

/** A checkpoint that is known to exist, by Flink's word or on storage. */
export interface FoundCheckpoint {
  path: string;
  /** Flink's checkpoint id within its job. */
  checkpointId: number;
  isSavepoint: boolean;
}

/** Ranks by lineage, never by clock (S3): Job sequence, attempt, Flink's checkpoint id, order of registration. */
export function compareRank(left: RestorePoint['rank'], right: RestorePoint['rank']): number {
  for (let i = 0; i < left.length; i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Adds a restore point in its place, unless it is known; a copy of a known path is a point of its own (api.md 3.5). */
export function addRestorePoint(state: DeploymentState, point: RestorePoint): boolean {
  const known = (one: RestorePoint) =>
    one.id === point.id || (point.origin !== 'COPIED' && one.path === point.path);
  if (state.restorePoints.some(known)) return false;
  const all = [...state.restorePoints, point].sort((a, b) => compareRank(a.rank, b.rank));
  const checkpoints = all.filter((one) => isCheckpoint(one)).slice(-keptPerKind);
  const savepoints = all.filter((one) => !isCheckpoint(one)).slice(-keptPerKind);
  state.restorePoints = all.filter((one) => checkpoints.includes(one) || savepoints.includes(one));
  return true;
}

/**
 * Registers the newest retained checkpoint of a Job that ended as a restore point and as a Savepoint resource of origin
 * RETAINED_CHECKPOINT (api.md 3.8); a savepoint found this way (its own record was never completed) counts as SUSPEND.
 */
export function registerFound(
  state: DeploymentState,
  job: JobRecord,
  found: FoundCheckpoint,
): void {
  const id = derivedUuid('found', state.id, found.path);
  const origin = found.isSavepoint ? 'SUSPEND' : 'RETAINED_CHECKPOINT';
  const point: RestorePoint = {
    id,
    path: found.path,
    origin,
    rank: [job.sequence, job.attempt, found.checkpointId, 0],
    jobId: job.id,
  };
  if (!addRestorePoint(state, point)) return;
  putSavepoint(state, {
    ...savepointRow(state, id, job),
    origin,
    state: 'COMPLETED',
    location: found.path,
  });
}

/** The constant part of a Savepoint's row. */
export function savepointRow(
  state: DeploymentState,
  id: string,
  job?: JobRecord,
): Omit<SavepointRecord, 'origin' | 'state'> {
  return {
    id,
    deploymentId: state.id,
    namespace: state.namespace,
    specVersion: job?.specVersion ?? state.specVersion,
    ...(job ? { jobId: job.id } : {}),
  };
}

/**
 * The restore point of the next start, chosen once per transition (S3, S24). Nothing known means an empty start; a known
 * one is never left out, and an older one never taken because the newest is gone.
 */
export function choosePin(
  state: DeploymentState,
  strategy: { kind: RestoreStrategyKind; allowNonRestoredState?: boolean | undefined },
): Pin {
  const allowNonRestoredState = strategy.allowNonRestoredState ?? false;
  if (strategy.kind === 'NONE')
    return { reason: 'restoreStrategy NONE: starts from nothing', allowNonRestoredState: false };
  const admitted = state.restorePoints.filter(
    (point) => strategy.kind === 'LATEST_STATE' || !isCheckpoint(point),
  );
  const newest = admitted.at(-1);
  if (!newest)
    return {
      reason: `restoreStrategy ${strategy.kind}: no restorable state is known, starts from nothing`,
      allowNonRestoredState,
    };
  const passedOver = state.restorePoints.at(-1);
  const note =
    passedOver && passedOver !== newest ? `; a newer checkpoint is kept: ${passedOver.path}` : '';
  return {
    path: newest.path,
    restorePointId: newest.id,
    reason: `restoreStrategy ${strategy.kind}: newest ${describe(newest)}${note}`,
    allowNonRestoredState,
  };
}

/**
 * The restore point of the start that follows a stop with savepoint, where the stop's own savepoint is the newest state by
 * its nature. `undefined`: the strategy does not use it.
 */
export function pinOfStop(
  savepoint: Pick<SavepointRecord, 'id' | 'location'>,
  strategy: { kind: RestoreStrategyKind; allowNonRestoredState?: boolean | undefined },
): Pin | undefined {
  const { id, location } = savepoint;
  if (strategy.kind === 'NONE' || !location) return undefined;
  return {
    path: location,
    restorePointId: id,
    reason: `restoreStrategy ${strategy.kind}: newest savepoint ${location}`,
    allowNonRestoredState: strategy.allowNonRestoredState ?? false,
  };
}

const isCheckpoint = (point: RestorePoint): boolean => point.origin === 'RETAINED_CHECKPOINT';

const describe = (point: RestorePoint): string =>
  `${isCheckpoint(point) ? 'retained checkpoint' : 'savepoint'} ${point.path}`;

/** What a Job starts from, as the wire shows it in `spec` (api.md 3.5). */
export const restoreFields = (pin: Pin | undefined): Record<string, unknown> =>
  pin?.path
    ? { savepointLocation: pin.path, allowNonRestoredState: pin.allowNonRestoredState }
    : {};
