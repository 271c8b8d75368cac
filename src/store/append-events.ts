import type { Transaction } from 'kysely';
import { derivedUuid } from '../core/ids.ts';
import type { NewEvent } from '../core/records.ts';
import { schemaVersion } from './json-body.ts';
import type { EventRow, Tables } from './tables.ts';

/** Whose events: the caller holds the lock on this Deployment's row, and stores the count that is returned. */
interface EventLog {
  deploymentId: string;
  namespace: string;
  /** Number of the last event so far. */
  count: number;
}

/**
 * Appends the events whose keys are new, as numbers `count + 1` and up (S10).
 * @returns the number of the last event now.
 */
export async function appendEvents(
  transaction: Transaction<Tables>,
  log: EventLog,
  events: readonly NewEvent[],
): Promise<number> {
  const fresh = await withoutKnown(transaction, log.deploymentId, events);
  if (fresh.length === 0) return log.count;
  let micros = await lockClock(transaction, log.namespace);
  let count = log.count;
  for (const event of fresh) {
    // A clock that jumped ahead once leaves the namespace there; order is promised, exact time is not (api.md 2.4).
    micros = Math.max(micros + 1, Math.round(event.at * 1000));
    count += 1;
    await transaction
      .insertInto('events')
      .values(eventRow(log, event, count, micros))
      .execute();
  }
  await transaction
    .updateTable('namespace_clocks')
    .set({ last_micros: micros })
    .where('namespace', '=', log.namespace)
    .execute();
  return count;
}

async function withoutKnown(
  transaction: Transaction<Tables>,
  deploymentId: string,
  events: readonly NewEvent[],
): Promise<NewEvent[]> {
  const byKey = new Map<string, NewEvent>();
  for (const event of events) if (!byKey.has(event.key)) byKey.set(event.key, event);
  for (const key of [...byKey.keys()]) {
    const known = await transaction
      .selectFrom('events')
      .select('number')
      .where('deployment_id', '=', deploymentId)
      .where('key', '=', key)
      .executeTakeFirst();
    if (known) byKey.delete(key);
  }
  return [...byKey.values()];
}

/**
 * The newest time given in the namespace. The lock is held until commit: were a later time to become visible before an
 * earlier one, clients that ask for what is newer than the last they saw would never see the earlier.
 */
async function lockClock(transaction: Transaction<Tables>, namespace: string): Promise<number> {
  const clock = await transaction
    .insertInto('namespace_clocks')
    .values({ namespace, last_micros: 0 })
    .onConflict((conflict) =>
      conflict
        .column('namespace')
        .doUpdateSet((row) => ({ last_micros: row.ref('namespace_clocks.last_micros') })),
    )
    .returning('last_micros')
    .executeTakeFirstOrThrow();
  return clock.last_micros;
}

function eventRow(log: EventLog, event: NewEvent, number: number, micros: number): EventRow {
  const { key, at: _, ...body } = event;
  return {
    deployment_id: log.deploymentId,
    number,
    key,
    id: derivedUuid('event', log.deploymentId, key),
    namespace: log.namespace,
    job_id: event.jobId ?? null,
    created_at_micros: micros,
    body: JSON.stringify(body),
    schema_version: schemaVersion,
  };
}
