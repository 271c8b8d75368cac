import { Refused } from '../core/errors/index.ts';
import { appendEvents } from './append-events.ts';
import type { Database } from './database.ts';
import {
  deploymentColumns,
  deploymentRecord,
  fencedOut,
  listedColumns,
  listedDeployment,
  lockDeployment,
} from './deployment-rows.ts';
import { readBody } from './json-body.ts';
import { statusSchema } from './record-schemas.ts';
import type { Store } from './store.ts';

/** Deployments in the database. */
export function deploymentsIn(database: Database): Store['deployments'] {
  return { ...readsOf(database), ...writesOf(database) };
}

type Reads = Pick<
  Store['deployments'],
  'list' | 'get' | 'getByName' | 'listForSweep' | 'isWrittenBy'
>;
type Writes = Omit<Store['deployments'], keyof Reads>;

const readsOf = (database: Database): Reads => ({
  async list(namespace) {
    const rows = await database.query((db) =>
      db
        .selectFrom('deployments')
        .select(listedColumns)
        .where('namespace', '=', namespace)
        .orderBy('created_at')
        .orderBy('id')
        .execute(),
    );
    return rows.map(listedDeployment);
  },
  async get(id) {
    const row = await database.query((db) =>
      db.selectFrom('deployments').selectAll().where('id', '=', id).executeTakeFirst(),
    );
    return row && deploymentRecord(row);
  },
  async getByName(namespace, name) {
    const row = await database.query((db) =>
      db
        .selectFrom('deployments')
        .selectAll()
        .where('namespace', '=', namespace)
        .where('name', '=', name)
        .executeTakeFirst(),
    );
    return row && deploymentRecord(row);
  },
  async isWrittenBy(id, runId) {
    const row = await database.query((db) =>
      db
        .selectFrom('deployments')
        .select('id')
        .where('id', '=', id)
        .where((runs) => runs.or([runs('run_id', '=', runId), runs('run_before', '=', runId)]))
        .executeTakeFirst(),
    );
    return row !== undefined;
  },
  async listForSweep() {
    const columns = ['id', 'namespace', 'fence', 'revision', 'status', 'schema_version'] as const;
    const rows = await database.query((db) =>
      db.selectFrom('deployments').select(columns).orderBy('id').execute(),
    );
    return rows.map(({ schema_version, status, ...row }) => ({
      ...row,
      status: readBody(`Deployment ${row.id}`, statusSchema, status, schema_version),
    }));
  },
});

const writesOf = (database: Database): Writes => ({
  async insert(record, events) {
    await database.transact(async (transaction) => {
      const columns = {
        ...deploymentColumns(record),
        fence: record.fence,
        event_count: 0,
        run_id: null,
        run_before: null,
      };
      const inserted = await transaction
        .insertInto('deployments')
        .values(columns)
        .onConflict((conflict) => conflict.doNothing())
        .returning('id')
        .executeTakeFirst();
      if (!inserted) {
        const rival = await transaction
          .selectFrom('deployments')
          .select(['namespace', 'name'])
          .where('id', '=', record.id)
          .executeTakeFirst();
        // Its workflow may have gone on since, so that a repeated request is told by its identity, not by its content.
        if (rival?.namespace === record.namespace && rival.name === record.name) return;
        throw nameTaken(record);
      }
      const log = { deploymentId: record.id, namespace: record.namespace, count: 0 };
      const event_count = await appendEvents(transaction, log, events ?? []);
      await transaction
        .updateTable('deployments')
        .set({ event_count })
        .where('id', '=', record.id)
        .execute();
    });
  },
  async raiseFence(id) {
    const row = await database.query((db) =>
      db
        .updateTable('deployments')
        .set((columns) => ({ fence: columns('fence', '+', 1) }))
        .where('id', '=', id)
        .returningAll()
        .executeTakeFirst(),
    );
    return row && deploymentRecord(row);
  },
  async remove(id, fence) {
    await database.transact(async (transaction) => {
      const stored = await lockDeployment(transaction, id);
      if (!stored) return;
      if (stored.fence > fence) throw fencedOut(id, fence, stored.fence);
      await transaction.deleteFrom('deployments').where('id', '=', id).execute();
    });
  },
});

const nameTaken = ({ namespace, name }: { namespace: string; name: string }): Refused =>
  new Refused(
    'NAME_TAKEN',
    `a Deployment named ${name} exists in namespace ${namespace}; choose another name or change that one`,
  );
