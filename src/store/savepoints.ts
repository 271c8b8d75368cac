import type { SavepointRecord, Stored } from '../core/records.ts';
import type { Database } from './database.ts';
import { readBody } from './json-body.ts';
import { savepointSchema } from './record-schemas.ts';
import type { Store } from './store.ts';
import type { SavepointRow } from './tables.ts';

/** Reads Savepoints. They are written with their Deployment: {@link writeBatch}. */
export const savepointsIn = (database: Database): Store['savepoints'] => ({
  async list(namespace, { deploymentId, jobId }) {
    const rows = await database.query((db) => {
      let savepoints = db.selectFrom('savepoints').selectAll().where('namespace', '=', namespace);
      if (deploymentId !== undefined) {
        savepoints = savepoints.where('deployment_id', '=', deploymentId);
      }
      if (jobId !== undefined) savepoints = savepoints.where('job_id', '=', jobId);
      return savepoints.orderBy('created_at').orderBy('id').execute();
    });
    return rows.map(storedSavepoint);
  },
  async get(id) {
    const row = await database.query((db) =>
      db.selectFrom('savepoints').selectAll().where('id', '=', id).executeTakeFirst(),
    );
    return row && storedSavepoint(row);
  },
});

function storedSavepoint(row: SavepointRow): Stored<SavepointRecord> {
  return {
    ...readBody(`Savepoint ${row.id}`, savepointSchema, row.body, row.schema_version),
    resourceVersion: row.resource_version,
    createdAt: row.created_at,
    modifiedAt: row.modified_at,
  };
}
