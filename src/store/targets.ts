import { Refused } from '../core/errors/index.ts';
import type { DeploymentTargetRecord } from '../core/records.ts';
import type { Database } from './database.ts';
import { readBody, schemaVersion } from './json-body.ts';
import { targetSchema } from './record-schemas.ts';
import type { Store } from './store.ts';
import type { TargetRow } from './tables.ts';

/** DeploymentTargets: plain resources, which the API writes. */
export const targetsIn = (database: Database): Store['targets'] => ({
  async list(namespace) {
    const rows = await database.query((db) =>
      db
        .selectFrom('targets')
        .selectAll()
        .where('namespace', '=', namespace)
        .orderBy('name')
        .execute(),
    );
    return rows.map(target);
  },
  async get(namespace, idOrName) {
    const rows = await database.query((db) =>
      db
        .selectFrom('targets')
        .selectAll()
        .where('namespace', '=', namespace)
        .where((row) => row.or([row('id', '=', idOrName), row('name', '=', idOrName)]))
        .execute(),
    );
    // A name may look like another's id; ids come first.
    const row = rows.find(({ id }) => id === idOrName) ?? rows[0];
    return row && target(row);
  },
  async insert(record) {
    const inserted = await database.query((db) =>
      db
        .insertInto('targets')
        .values(targetRow(record))
        .onConflict((conflict) => conflict.doNothing())
        .returning('id')
        .executeTakeFirst(),
    );
    if (!inserted) await refuseUnlessSame(database, record);
  },
  async update(record) {
    const updated = await database.query((db) =>
      db
        .updateTable('targets')
        .set(targetRow(record))
        .where('namespace', '=', record.namespace)
        .where('id', '=', record.id)
        .returning('id')
        .executeTakeFirst(),
    );
    if (!updated) throw notFound(record.namespace, record.id);
  },
  async remove(namespace, id) {
    await removeTarget(database, namespace, id);
  },
});

/** A repeated request meets its own row; any other row in the way has the name. */
async function refuseUnlessSame(database: Database, record: DeploymentTargetRecord): Promise<void> {
  const rival = await database.query((db) =>
    db
      .selectFrom('targets')
      .select('id')
      .where('id', '=', record.id)
      .where('namespace', '=', record.namespace)
      .where('name', '=', record.name)
      .executeTakeFirst(),
  );
  if (rival) return;
  throw new Refused(
    'NAME_TAKEN',
    `a DeploymentTarget named ${record.name} exists in namespace ${record.namespace}; choose another name`,
  );
}

async function removeTarget(database: Database, namespace: string, id: string): Promise<void> {
  await database.transact(async (transaction) => {
    const removed = await transaction
      .deleteFrom('targets')
      .where('namespace', '=', namespace)
      .where('id', '=', id)
      .returning('name')
      .executeTakeFirst();
    if (!removed) return;
    const user = await transaction
      .selectFrom('deployments')
      .select('name')
      .where('namespace', '=', namespace)
      .where((row) => row.or([row('target_id', '=', id), row('target_name', '=', removed.name)]))
      .executeTakeFirst();
    // Thrown inside the transaction, so that the row is back.
    if (user) throw inUse(removed.name, user.name);
  });
}

const inUse = (target: string, deployment: string): Refused =>
  new Refused(
    'NOT_POSSIBLE_NOW',
    `DeploymentTarget ${target} is used by Deployment ${deployment}; delete or move that first`,
  );

const notFound = (namespace: string, id: string): Refused =>
  new Refused('TARGET_NOT_FOUND', `there is no DeploymentTarget ${id} in namespace ${namespace}`);

const targetRow = (record: DeploymentTargetRecord): TargetRow => ({
  id: record.id,
  namespace: record.namespace,
  name: record.name,
  resource_version: record.resourceVersion,
  body: JSON.stringify(record),
  schema_version: schemaVersion,
});

const target = (row: TargetRow): DeploymentTargetRecord =>
  readBody(`DeploymentTarget ${row.name}`, targetSchema, row.body, row.schema_version);
