import type { JobRecord, NewEvent, SavepointRecord } from '../records.ts';
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

/** Longest message of an event, in characters. */
const maxMessage = 3_000;

/** Events that may wait for the store, and characters of their messages (0007). */
const maxWaiting = 1_000;
const maxWaitingText = 100_000;

/** So much waits for the store that no more is taken on: it does not answer, or a flood of requests outruns it. */
export function isOutboxFull({ outbox }: Pick<DeploymentState, 'outbox'>): boolean {
  const { events } = outbox;
  const characters = events.reduce((sum, { message }) => sum + message.length, 0);
  return events.length >= maxWaiting || characters >= maxWaitingText;
}

/** Appends one event (S10). Its key holds the fence: a re-created workflow never collides with its predecessor's. */
export function say(
  state: DeploymentState,
  now: number,
  name: EventName,
  message: string,
  jobId?: string,
): void {
  touch(state);
  if (isOutboxFull(state)) return;
  append(state, {
    name,
    message: message.slice(0, maxMessage),
    at: now,
    ...(jobId ? { jobId } : {}),
  });
  if (!isOutboxFull(state)) return;
  const more = 'Too many events wait for the store: what follows is not told until it answers';
  append(state, { name: 'GENERAL_FAILURE', message: more, at: now });
}

function append(state: DeploymentState, event: Omit<NewEvent, 'key'>): void {
  state.counters.event += 1;
  state.outbox.events.push({ key: `${state.fence}/${state.counters.event}`, ...event });
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
