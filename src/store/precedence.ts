import type { JobRecord, SavepointRecord } from '../core/records.ts';
import { type JobState, terminalJobStates } from '../core/vocabulary.ts';

/** A record and the write it comes from; a later write of the same Deployment has a higher (fence, revision). */
export interface Written<T> {
  record: T;
  fence: number;
  revision: number;
}

/** The order in which a Job moves; it may skip states and never goes back. Terminal ones come after all of these. */
const jobOrder: readonly JobState[] = ['STANDBY', 'STARTING', 'STARTED', 'TERMINATING'];

/**
 * The Job to store in place of `stored`, or undefined: `incoming` is a late delivery of an older write, or would move the
 * Job back or out of a terminal state (S28). The order of arrival does not matter to what is stored in the end.
 */
export function nextJob(
  stored: Written<JobRecord>,
  incoming: Written<JobRecord>,
): JobRecord | undefined {
  if (terminalJobStates.includes(stored.record.state)) return undefined;
  const moved = progress(incoming.record.state) - progress(stored.record.state);
  return moved > 0 || (moved === 0 && !isOlder(incoming, stored))
    ? grown(stored.record, incoming.record)
    : undefined;
}

/** What a Job was made with is frozen (S12): a later write need not carry it, may add to it, and never changes its configuration. */
function grown(stored: JobRecord, incoming: JobRecord): JobRecord {
  const { flinkConfiguration } = stored.spec;
  const frozen = flinkConfiguration === undefined ? {} : { flinkConfiguration };
  return { ...incoming, spec: { ...stored.spec, ...incoming.spec, ...frozen } };
}

/**
 * The Savepoint to store in place of `stored`, or undefined. A final one changes no more, save to learn its location; but
 * one that was given up and that Flink completed after all is COMPLETED (reliability.md R16), whichever is told first.
 */
export function nextSavepoint(
  stored: Written<SavepointRecord>,
  incoming: Written<SavepointRecord>,
): SavepointRecord | undefined {
  if (stored.record.state === 'STARTED') {
    const mayReplace = incoming.record.state !== 'STARTED' || !isOlder(incoming, stored);
    return mayReplace ? incoming.record : undefined;
  }
  const { location, state } = incoming.record;
  if (stored.record.state === 'FAILED' && state === 'COMPLETED' && location !== undefined)
    return incoming.record;
  const isNews = location !== undefined && stored.record.location === undefined;
  return isNews && state === stored.record.state ? { ...stored.record, location } : undefined;
}

/** Whether `a` was written before `b`. */
export function isOlder(
  a: { fence: number; revision: number },
  b: { fence: number; revision: number },
): boolean {
  return a.fence < b.fence || (a.fence === b.fence && a.revision < b.revision);
}

function progress(state: JobState): number {
  return terminalJobStates.includes(state) ? jobOrder.length : jobOrder.indexOf(state);
}
