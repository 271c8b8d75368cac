import { Refused } from '../core/errors/index.ts';
import type { DeploymentTargetRecord } from '../core/records.ts';
import type { Database } from './database.ts';
import { readBody, schemaVersion } from './json-body.ts';
import { targetSchema } from './record-schemas.ts';
import { removeTarget } from './remove-target.ts';
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
  async all() {
    const rows = await database.query((db) => db.selectFrom('targets').selectAll().execute());
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
    if (!inserted && !(await isStored(database, record))) throw nameTaken(record);
  },
  async update(record) {
    const updated = await database.query((db) =>
      db
        .updateTable('targets')
        .set(targetRow(record))
        .where('namespace', '=', record.namespace)
        .where('id', '=', record.id)
        .where('resource_version', '=', record.resourceVersion - 1)
        .returning('id')
        .executeTakeFirst(),
    );
    if (!updated && !(await isStored(database, record, 'in this version'))) {
      throw changedMeanwhile(record);
    }
  },
  remove: (namespace, id) => removeTarget(database, namespace, id),
});

/** Whether a request that changed nothing is a repetition of one that did. */
async function isStored(
  database: Database,
  record: DeploymentTargetRecord,
  how?: 'in this version',
): Promise<boolean> {
  const row = await database.query((db) =>
    db
      .selectFrom('targets')
      .select(['namespace', 'name', 'body'])
      .where('id', '=', record.id)
      .executeTakeFirst(),
  );
  if (row?.namespace !== record.namespace || row.name !== record.name) return false;
  return how === undefined || row.body === targetRow(record).body;
}

const nameTaken = ({ namespace, name }: DeploymentTargetRecord): Refused =>
  new Refused(
    'NAME_TAKEN',
    `a DeploymentTarget named ${name} exists in namespace ${namespace}; choose another name`,
  );

const changedMeanwhile = ({ namespace, name }: DeploymentTargetRecord): Refused =>
  new Refused(
    'GENERATION_CONFLICT',
    `DeploymentTarget ${name} in namespace ${namespace} was changed or removed meanwhile; try again`,
  );

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
