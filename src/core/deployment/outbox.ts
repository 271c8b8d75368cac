import type { JobRecord, SavepointRecord } from '../records.ts';
import type { EventName, JobState } from '../vocabulary.ts';
import type { DeploymentState, JobInState } from './state.ts';

/**
 * What the store must learn. Every mutation that a reader may see goes through here and raises `counters.revision`, so
 * that the publisher and the API know when it has arrived (temporal.md 9).
 */
export function touch(state: DeploymentState): number {
  state.counters.revision += 1;
  return state.counters.revision;
}

/** Appends one event (S10). Its key holds the fence: a re-created workflow never collides with its predecessor's. */
export function say(
  state: DeploymentState,
  now: number,
  name: EventName,
  message: string,
  jobId?: string,
): void {
  state.counters.event += 1;
  const key = `${state.fence}/${state.counters.event}`;
  state.outbox.events.push({ key, name, message, at: now, ...(jobId ? { jobId } : {}) });
  touch(state);
}

/** Notes a Job's row as it is to be; a terminal one stays as it is (S28). */
export function putJob(state: DeploymentState, record: JobRecord): void {
  state.outbox.jobs = [...state.outbox.jobs.filter((job) => job.id !== record.id), record];
  touch(state);
}

/** Moves a Job that is held in the state to another `status.state`. */
export function setJobState(
  state: DeploymentState,
  job: JobInState,
  to: JobState,
  more: Partial<JobRecord> = {},
): void {
  job.record = { ...job.record, ...more, state: to };
  putJob(state, job.record);
}

/** Notes a Savepoint's row as it is to be. */
export function putSavepoint(state: DeploymentState, record: SavepointRecord): void {
  const others = state.outbox.savepoints.filter((savepoint) => savepoint.id !== record.id);
  state.outbox.savepoints = [...others, record];
  touch(state);
}
