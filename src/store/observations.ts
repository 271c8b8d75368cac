import type { JobObservationRecord } from '../core/records.ts';
import type { Database } from './database.ts';
import { isForeignKeyViolation } from './failures.ts';
import { readBody, schemaVersion } from './json-body.ts';
import { observationSchema } from './record-schemas.ts';
import type { Store } from './store.ts';
import type { ObservationRow } from './tables.ts';

/** Below the number of parameters that a statement of SQLite (32,766) or Postgres (65,535) may have. */
const idsPerStatement = 5_000;

/** What watchers saw last, one row per Job. */
export const observationsIn = (database: Database): Store['observations'] => ({
  async put(record) {
    const row = observationRow(record);
    try {
      // The last writer wins, not the later `seenAt`: after a clock had jumped ahead, the latter would freeze the row.
      await database.query((db) =>
        db
          .insertInto('observations')
          .values(row)
          .onConflict((conflict) => conflict.column('job_id').doUpdateSet(row))
          .execute(),
      );
    } catch (error) {
      // A watcher outlived its Deployment by a moment: nobody will ask for what it saw.
      if (!isForeignKeyViolation(error)) throw error;
    }
  },
  async get(jobId) {
    const row = await database.query((db) =>
      db.selectFrom('observations').selectAll().where('job_id', '=', jobId).executeTakeFirst(),
    );
    return row && observation(row);
  },
  forJobs: (jobIds) => readMany(database, jobIds),
});

async function readMany(database: Database, allIds: string[]): Promise<JobObservationRecord[]> {
  const found: JobObservationRecord[] = [];
  for (let at = 0; at < allIds.length; at += idsPerStatement) {
    const ids = allIds.slice(at, at + idsPerStatement);
    const rows = await database.query((db) =>
      db.selectFrom('observations').selectAll().where('job_id', 'in', ids).execute(),
    );
    for (const row of rows) found.push(observation(row));
  }
  return found;
}

const observationRow = (record: JobObservationRecord): ObservationRow => ({
  job_id: record.jobId,
  deployment_id: record.deploymentId,
  body: JSON.stringify(record),
  schema_version: schemaVersion,
});

const observation = (row: ObservationRow): JobObservationRecord =>
  readBody(`observation of Job ${row.job_id}`, observationSchema, row.body, row.schema_version);
