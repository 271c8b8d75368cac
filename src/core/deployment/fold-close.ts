import { clusterIdOf } from '../ids.ts';
import { noteEnded } from './death.ts';
import { isWorkDue, mayStandBack } from './decide.ts';
import { failUncertain } from './fail.ts';
import { noteHasRun } from './fold-start.ts';
import { putJob, say, touch } from './outbox.ts';
import type { ClosingJob, DeploymentState } from './state.ts';
import { type CloseOutcome, failureOf } from './steps.ts';

/** Nothing of the cluster is left, or a person forced its end and what is left is named. */
export function foldClose(
  state: DeploymentState,
  closing: ClosingJob,
  outcome: CloseOutcome,
  now: number,
): void {
  const { record } = closing;
  const found = closing.lossAccepted ? undefined : outcome.found;
  if (found) noteHasRun(state, record, found);
  if (outcome.kind === 'uncertain') return failUncertain(state, now, outcome.why);
  const others = (jobs: ClosingJob[]) => jobs.filter((one) => one.record.id !== record.id);
  state.closing = others(state.closing);
  const unread = [...others(state.unread ?? []), ...(isUnread(closing, outcome) ? [closing] : [])];
  if (unread.length > 0) state.unread = unread;
  else delete state.unread;
  // What it left open is decided now, or never (R18).
  if (state.openSavepoints?.some(({ jobId }) => jobId === record.id)) state.mustTakeStock = true;
  if (outcome.kind === 'left-over')
    say(
      state,
      now,
      'GENERAL_FAILURE',
      `Left behind, to be removed by hand: cluster ${outcome.why}`,
      record.id,
    );
  const failure =
    closing.endsAs === 'FAILED' && !record.failure
      ? { failure: failureOf({ reason: 'JOB_FAILED', message: closing.why }, now) }
      : {};
  putJob(state, { ...record, ...failure, state: closing.endsAs, terminatedAt: now });
}

/** It is gone, or given up, and nobody knows what its job left. */
const isUnread = (
  { mayHaveRun, lossAccepted }: ClosingJob,
  outcome: Exclude<CloseOutcome, { kind: 'uncertain' }>,
): boolean => mayHaveRun === true && !lossAccepted && outcome.uncertain !== undefined;

/** It does not go, and need not at once: people are told, and it is tried again after what else is due (F41). */
export function noteStubborn(
  state: DeploymentState,
  closing: ClosingJob,
  now: number,
  why?: string,
): void {
  const { record, stubborn = 0 } = closing;
  state.closing = state.closing.map((one) =>
    one.record.id === record.id ? { ...one, stubborn: stubborn + 1 } : one,
  );
  touch(state);
  if (stubborn > 0) return;
  const cause = why === undefined ? 'what else is due goes first' : `${why}. It is tried again`;
  const message = `Cluster ${clusterIdOf(record.id)} does not go: ${cause}`;
  say(state, now, 'GENERAL_FAILURE', message, record.id);
}

const longestPauseMs = 3_600_000;

/** How long one that did not go is left alone, if nothing hurries: ever longer, for each try costs history. */
export const pauseBeforeClosing = ({ settings }: DeploymentState, { stubborn = 0 }: ClosingJob) =>
  Math.min(settings.repairIntervalMs * 2 ** Math.min(stubborn - 1, 20), longestPauseMs);

/**
 * Whether a cluster that does not go may wait: its job is over and read, and a job that is wanted runs, or can. A status
 * that says that nothing is left cannot be said before it is gone, so there a person is asked (M07).
 */
export const mayWaitToClose = (state: DeploymentState, closing: ClosingJob): boolean =>
  !state.force &&
  mayStandBack(closing) &&
  (state.document.spec.state === 'RUNNING' || isWorkDue(state));

/** The cluster has its TaskManagers again, or its JobManager is proven gone. */
export function foldRepair(
  state: DeploymentState,
  outcome: { kind: 'repaired' } | { kind: 'gone'; why: string },
  now: number,
): void {
  if (!state.job) return;
  delete state.job.degraded;
  touch(state);
  if (outcome.kind === 'gone') noteEnded(state, { state: 'GONE', why: outcome.why, at: now }, now);
}
