import type { DeploymentStatus } from '../records.ts';
import { touch } from './outbox.ts';
import type { DeploymentState } from './state.ts';

/**
 * Writes the status; a write that changes nothing is none. The only place that does, so that each change of it is one
 * `resourceVersion` (api.md 1.7) and one revision.
 */
export function setStatus(state: DeploymentState, now: number, status: DeploymentStatus): void {
  if (JSON.stringify(state.status) === JSON.stringify(status)) return;
  state.status = status;
  state.resourceVersion += 1;
  state.modifiedAt = now;
  touch(state);
}

/** TRANSITIONING keeps the moment it began, whatever is asked meanwhile (api.md 3.1). */
export function setTransitioning(state: DeploymentState, now: number): void {
  const since = state.status.transitioningSince ?? now;
  setStatus(state, now, { state: 'TRANSITIONING', transitioningSince: since });
}

/** RUNNING; `transitionTime` is when it was first entered for this Job (api.md 2.1). */
export function setRunning(state: DeploymentState, now: number, jobId: string): void {
  const known = state.job?.record.id === jobId ? state.job.startedAt : now;
  setStatus(state, now, { state: 'RUNNING', running: { jobId, transitionTime: known } });
}
