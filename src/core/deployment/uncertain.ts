import { nextOrigin } from './outdated.ts';
import type { ClosingJob, DeploymentState } from './state.ts';

/**
 * The newest state of a job is uncertain when something newer than what was found may exist and nobody can look for it.
 * Then nothing starts and nothing is removed. Who holds the answer stays in the state: a job whose end is not recorded, a
 * cluster that is not removed, or what a force removed unread; each is asked again at every new wish, until it can tell
 * or a person accepts the loss (reliability.md 2.2 rule 8).
 */
export const uncertainReason = 'RESTORE_POINT_UNCERTAIN';

/** What a person can do, for the status, the event and `explain`. */
export const uncertainAdvice =
  'Nothing was removed, and nothing starts. Make the storage or Flink reachable again and send the signal retry. To go on without it register the savepoint or checkpoint to start from, then retry, or set restoreStrategy NONE. To clear away regardless send the signal forceCancel.';

/** Nothing is to be restored, or a person forced the end: what a job left need not be known. */
export const acceptsLoss = (state: DeploymentState): boolean =>
  state.force || nextOrigin(state).spec.restoreStrategy.kind === 'NONE';

/** Clusters to remove, and where state is to be restored or claimed, those that nobody has read before they went. */
export function toClose(state: DeploymentState): ClosingJob[] {
  const reads = state.document.spec.state !== 'CANCELLED' && !acceptsLoss(state);
  return reads ? [...state.closing, ...(state.unread ?? [])] : state.closing;
}

/** Whether it was looked for in vain under this wish: it waits for the next one. */
export const waitsForPerson = (state: DeploymentState, job: ClosingJob): boolean =>
  job.mayHaveRun === true && state.transition.failure?.reason === uncertainReason;

/**
 * A person has named what to start from: what nobody could read is left out from here on. Without such a question open,
 * a registration says nothing about what else a job leaves.
 */
export function acceptNamedRestorePoint(state: DeploymentState): void {
  delete state.unread;
  if (state.transition.failure?.reason !== uncertainReason) return;
  if (state.job?.ended) state.job.lossAccepted = true;
  for (const job of state.closing) if (job.mayHaveRun) job.lossAccepted = true;
}
