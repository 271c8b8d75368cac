import type { ClusterHolder } from '../core/cluster.ts';
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
  holder: (id, asking) => holderOf(database, id, asking),
  async heldBy(id) {
    const row = await ownerOf(database, id);
    return row?.owner == null ? undefined : holder(row);
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

/** Read first: every look at a cluster asks, and only the first one of all writes. */
async function holderOf(database: Database, id: string, asking: ClusterHolder) {
  const before = await ownerOf(database, id);
  if (before === undefined || before.owner !== null) return before && holder(before);
  await database.query((db) =>
    db
      .updateTable('jobs')
      .set({ owner: asking.id, owner_place: asking.place })
      .where('id', '=', id)
      .where('owner', 'is', null)
      .execute(),
  );
  const after = await ownerOf(database, id);
  return after && holder(after);
}

const ownerOf = (database: Database, id: string) =>
  database.query((db) =>
    db.selectFrom('jobs').select(['owner', 'owner_place']).where('id', '=', id).executeTakeFirst(),
  );

const holder = (row: Pick<JobRow, 'owner' | 'owner_place'>): ClusterHolder => ({
  id: row.owner ?? '',
  place: row.owner_place ?? '',
});

function storedJob(row: JobRow): Stored<JobRecord> {
  return {
    ...readBody(`Job ${row.id}`, jobSchema, row.body, row.schema_version),
    resourceVersion: row.resource_version,
    createdAt: row.created_at,
    modifiedAt: row.modified_at,
  };
}
