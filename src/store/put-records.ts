import { isDeepStrictEqual } from 'node:util';
import type { Transaction } from 'kysely';
import type { JobRecord, SavepointRecord } from '../core/records.ts';
import { readBody, schemaVersion } from './json-body.ts';
import { nextJob, nextSavepoint } from './precedence.ts';
import { jobSchema, savepointSchema } from './record-schemas.ts';
import type { JobRow, Tables } from './tables.ts';

/** The write that a record comes with; `at` by the workflow's clock. */
export interface WriteVersion {
  fence: number;
  revision: number;
  at: number;
}

/** Stores a Job, unless what is stored takes precedence. The caller holds the lock on its Deployment's row. */
export async function putJob(
  transaction: Transaction<Tables>,
  record: JobRecord,
  version: WriteVersion,
): Promise<void> {
  const row = await transaction
    .selectFrom('jobs')
    .selectAll()
    .where('id', '=', record.id)
    .executeTakeFirst();
  if (!row) {
    const columns = { ...jobColumns(record), ...firstColumns(version) };
    await transaction
      .insertInto('jobs')
      .values({ ...columns, owner: null, owner_place: null })
      .execute();
    return;
  }
  const stored = readBody(`Job ${row.id}`, jobSchema, row.body, row.schema_version);
  const next = nextJob({ ...row, record: stored }, { ...version, record });
  if (!next) return;
  await transaction
    .updateTable('jobs')
    .set({ ...jobColumns(next), ...changedColumns(row, next, version) })
    .where('id', '=', row.id)
    .execute();
}

/** Stores a Savepoint, unless what is stored takes precedence. The caller holds the lock on its Deployment's row. */
export async function putSavepoint(
  transaction: Transaction<Tables>,
  record: SavepointRecord,
  version: WriteVersion,
): Promise<void> {
  const row = await transaction
    .selectFrom('savepoints')
    .selectAll()
    .where('id', '=', record.id)
    .executeTakeFirst();
  if (!row) {
    const columns = { ...savepointColumns(record), ...firstColumns(version) };
    await transaction.insertInto('savepoints').values(columns).execute();
    return;
  }
  const stored = readBody(`Savepoint ${row.id}`, savepointSchema, row.body, row.schema_version);
  const next = nextSavepoint({ ...row, record: stored }, { ...version, record });
  if (!next) return;
  await transaction
    .updateTable('savepoints')
    .set({ ...savepointColumns(next), ...changedColumns(row, next, version) })
    .where('id', '=', row.id)
    .execute();
}

const jobColumns = (record: JobRecord) => ({
  id: record.id,
  deployment_id: record.deploymentId,
  namespace: record.namespace,
  sequence: record.sequence,
  attempt: record.attempt,
  state: record.state,
  target: record.target,
  body: JSON.stringify(record),
  schema_version: schemaVersion,
});

const savepointColumns = (record: SavepointRecord) => ({
  id: record.id,
  deployment_id: record.deploymentId,
  namespace: record.namespace,
  job_id: record.jobId ?? null,
  state: record.state,
  body: JSON.stringify(record),
  schema_version: schemaVersion,
});

type Bookkeeping = Pick<
  JobRow,
  'fence' | 'revision' | 'resource_version' | 'created_at' | 'modified_at'
>;

const firstColumns = ({ fence, revision, at }: WriteVersion): Bookkeeping => ({
  fence,
  revision,
  resource_version: 1,
  created_at: at,
  modified_at: at,
});

/** A newer write that says the same is noted, lest an older one replace it; but to clients nothing has changed. */
function changedColumns(
  row: Bookkeeping & { body: string },
  next: JobRecord | SavepointRecord,
  { fence, revision, at }: WriteVersion,
): Partial<Bookkeeping> {
  if (isDeepStrictEqual(JSON.parse(row.body), JSON.parse(JSON.stringify(next)))) {
    return { fence, revision };
  }
  const { resource_version, modified_at } = row;
  return {
    fence,
    revision,
    resource_version: resource_version + 1,
    modified_at: Math.max(modified_at, at),
  };
}
