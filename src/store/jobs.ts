import type { JobRecord, Stored } from '../core/records.ts';
import { terminalJobStates } from '../core/vocabulary.ts';
import type { Database } from './database.ts';
import { readBody } from './json-body.ts';
import { jobSchema } from './record-schemas.ts';
import type { Store } from './store.ts';
import type { JobRow } from './tables.ts';

/** Reads Jobs. They are written with their Deployment: {@link writeBatch}. */
export const jobsIn = (database: Database): Store['jobs'] => ({
  async list(namespace, { deploymentId }) {
    const rows = await database.query((db) => {
      const jobs = db.selectFrom('jobs').selectAll().where('namespace', '=', namespace);
      return deploymentId === undefined
        ? jobs.orderBy('created_at').orderBy('id').execute()
        : jobs
            .where('deployment_id', '=', deploymentId)
            .orderBy('sequence')
            .orderBy('attempt')
            .execute();
    });
    return rows.map(storedJob);
  },
  async get(id) {
    const row = await database.query((db) =>
      db.selectFrom('jobs').selectAll().where('id', '=', id).executeTakeFirst(),
    );
    return row && storedJob(row);
  },
  async open(deploymentId) {
    const rows = await database.query((db) =>
      db
        .selectFrom('jobs')
        .selectAll()
        .where('deployment_id', '=', deploymentId)
        .where('state', 'not in', terminalJobStates)
        .orderBy('sequence')
        .orderBy('attempt')
        .execute(),
    );
    return rows.map(storedJob);
  },
});

function storedJob(row: JobRow): Stored<JobRecord> {
  return {
    ...readBody(`Job ${row.id}`, jobSchema, row.body, row.schema_version),
    resourceVersion: row.resource_version,
    createdAt: row.created_at,
    modifiedAt: row.modified_at,
  };
}
