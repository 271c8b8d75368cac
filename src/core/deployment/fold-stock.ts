import { discardStandby, mayRun } from './apply-decision.ts';
import { failStuck } from './fail.ts';
import { putSavepoint, say, touch } from './outbox.ts';
import { addRestorePoint } from './restore-points.ts';
import type { DeploymentState } from './state.ts';
import { failureOf, type SavepointFate, type Stock, type StockedSavepoint } from './steps.ts';

/**
 * What a lost workflow left: its unfinished attempts go, with their newest checkpoint kept (F65). So does a standby whose
 * start was stored: its job may run, and a second start on it would bear the ids of the first (S23). Of each savepoint
 * that nobody waits for it is said what became of it, as far as that is known (R18).
 */
export function foldStock(state: DeploymentState, stock: Stock, now: number): void {
  state.counters.jobSequence = Math.max(state.counters.jobSequence, stock.highestSequence);
  if (stock.strangers.length > 0 && !state.force) return refuseStrangers(state, stock, now);
  for (const stranger of stock.strangers)
    say(state, now, 'GENERAL_FAILURE', `Left behind, to be removed by hand: ${stranger}`);
  for (const why of stock.unseen ?? [])
    say(state, now, 'GENERAL_FAILURE', `Went on without a look at another target: ${why}`);
  state.mustTakeStock = false;
  if (state.standby && mayRun(state.standby)) discardStandby(state, now, 'its start was lost');
  const held = heldJobs(state);
  for (const record of stock.open) {
    if (held.includes(record.id)) continue;
    state.closing.push({
      record,
      endsAs: 'TERMINATED',
      why: 'left by the workflow that was here before',
      proven: false,
      mayHaveRun: true,
    });
  }
  delete state.openSavepoints;
  for (const savepoint of stock.savepoints) foldSavepoint(state, savepoint, now);
  touch(state);
}

/**
 * The store was restored from a backup, and this Deployment has had Jobs since. What they hold may be newer than anything
 * that is recorded, and one of them may run: nothing is done before a person has looked (S1, S3).
 */
function refuseStrangers(state: DeploymentState, { strangers }: Stock, now: number): void {
  const message = `${strangers.join('; ')}. ${strangerAdvice}`;
  failStuck(state, now, { reason: 'CLUSTER_NOT_RECORDED', message });
}

const strangerAdvice =
  'The store seems to be older than what runs. Nothing is started or ended. Take a savepoint of what runs there and register it, or register its newest checkpoint; end its processes and remove its folder; then send the signal retry. To go on without that send the signal forceCancel';

/** It is known what became of it, and somebody has said so. */
export function noteDecided(state: DeploymentState, savepointId: string): void {
  const rest = state.openSavepoints?.filter(({ id }) => id !== savepointId) ?? [];
  delete state.openSavepoints;
  if (rest.length > 0) state.openSavepoints = rest;
}

const heldJobs = (state: DeploymentState): (string | undefined)[] =>
  [state.job, state.standby, ...state.closing].map((job) => job?.record.id);

function foldSavepoint(state: DeploymentState, savepoint: StockedSavepoint, now: number): void {
  const { record, fate } = savepoint;
  if (state.requestedSavepoints.some((asked) => asked.record.id === record.id)) return;
  if (mayStillChange(state, savepoint)) {
    const open = { id: record.id, jobId: record.jobId ?? '', stop: record.origin === 'SUSPEND' };
    state.openSavepoints = [...(state.openSavepoints ?? []), open];
  } else if (fate.kind === 'completed') complete(state, savepoint, fate, now);
  else giveUp(state, savepoint, fate, now);
}

/**
 * Nothing more is learned once the cluster is gone. A stop that succeeded ends its job: that end is recorded together
 * with its savepoint, and by itself it would look like a job that finished (reliability.md 2.4).
 */
function mayStillChange(state: DeploymentState, { record, fate }: StockedSavepoint): boolean {
  if (fate.kind === 'open') return heldJobs(state).includes(record.jobId);
  const stopsLiveJob = record.origin === 'SUSPEND' && record.jobId === state.job?.record.id;
  return fate.kind === 'completed' && stopsLiveJob;
}

function complete(
  state: DeploymentState,
  { record, sequence, attempt }: StockedSavepoint,
  { location, checkpointId }: Extract<SavepointFate, { kind: 'completed' }>,
  now: number,
): void {
  putSavepoint(state, { ...record, state: 'COMPLETED', location });
  addRestorePoint(state, {
    id: record.id,
    path: location,
    origin: record.origin,
    rank: [sequence, attempt, checkpointId, 0],
    ...(record.jobId === undefined ? {} : { jobId: record.jobId }),
  });
  // The newest there is: a start that has not begun yet is not to pass it over (S3).
  if (!state.job && state.restorePoints.at(-1)?.id === record.id) delete state.transition.pin;
  say(
    state,
    now,
    'TRANSITIONED_TO_COMPLETED',
    `Savepoint ${record.id}, which nobody waited for any more: ${location}`,
    record.jobId,
  );
}

function giveUp(
  state: DeploymentState,
  { record }: StockedSavepoint,
  fate: Exclude<SavepointFate, { kind: 'completed' }>,
  now: number,
): void {
  const failure =
    fate.kind === 'open'
      ? { reason: 'RESTORE_POINT_UNCERTAIN', message: `its end will never be known: ${fate.why}` }
      : fate.failure;
  putSavepoint(state, { ...record, state: 'FAILED', failure: failureOf(failure, now) });
  say(
    state,
    now,
    record.origin === 'SUSPEND'
      ? 'RECOVERABLE_FAILURE_WHILE_TRIGGERING_A_SAVEPOINT'
      : 'AN_UNRECOVERABLE_FAILURE_WHILE_TAKING_A_SAVEPOINT',
    `Savepoint ${record.id}, left by the workflow that was here before: ${failure.message}`,
    record.jobId,
  );
}
