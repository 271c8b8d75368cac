import type { EventRecord } from '../core/records.ts';
import type { Database } from './database.ts';
import { readBody } from './json-body.ts';
import { eventBodySchema } from './record-schemas.ts';
import type { Store } from './store.ts';
import type { EventRow } from './tables.ts';

/** Reads events, in the order in which they were stored. They are written with their Deployment: {@link writeBatch}. */
export const eventsIn = (database: Database): Store['events'] => ({
  async list(namespace, { deploymentId, jobId, afterNumber, latest }) {
    const rows = await database.query((db) => {
      let events = db.selectFrom('events').selectAll().where('namespace', '=', namespace);
      if (deploymentId !== undefined) events = events.where('deployment_id', '=', deploymentId);
      if (jobId !== undefined) events = events.where('job_id', '=', jobId);
      if (afterNumber !== undefined) events = events.where('number', '>', afterNumber);
      return latest === undefined
        ? events.orderBy('created_at_micros').execute()
        : events.orderBy('created_at_micros', 'desc').limit(latest).execute();
    });
    return (latest === undefined ? rows : rows.reverse()).map(eventRecord);
  },
});

function eventRecord(row: EventRow): EventRecord {
  return {
    ...readBody(`event ${row.id}`, eventBodySchema, row.body, row.schema_version),
    id: row.id,
    deploymentId: row.deployment_id,
    namespace: row.namespace,
    number: row.number,
    createdAtMicros: row.created_at_micros,
  };
}
