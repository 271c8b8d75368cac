import { clusterIdOf } from '../ids.ts';
import { noteEnded } from './death.ts';
import { failUncertain } from './fold.ts';
import { putJob, say, touch } from './outbox.ts';
import { registerFound } from './restore-points.ts';
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
  if (found) {
    registerFound(state, record, found);
    // It has run: what it did is not done again, so the restore point is chosen anew (reliability.md 2.4).
    state.everRan = true;
    delete state.transition.pin;
  }
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

/** It does not go, and something else is due: people are told, and it is tried again once that is done (F41). */
export function noteStubborn(state: DeploymentState, closing: ClosingJob, now: number): void {
  const { record } = closing;
  const first = !closing.stubborn;
  state.closing = state.closing.map((one) =>
    one.record.id === record.id ? { ...one, stubborn: true } : one,
  );
  const message = `Cluster ${clusterIdOf(record.id)} does not go: what else is due goes first`;
  if (first) say(state, now, 'GENERAL_FAILURE', message, record.id);
}

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
