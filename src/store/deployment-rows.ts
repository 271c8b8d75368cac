import type { Selectable, Transaction } from 'kysely';
import { Refused } from '../core/errors/index.ts';
import type { DeploymentRecord, ListedDeployment, RecordBatch } from '../core/records.ts';
import { readBody, schemaVersion } from './json-body.ts';
import {
  type DeploymentBody,
  deploymentBodySchema,
  statusSchema,
  workflowStateSchema,
} from './record-schemas.ts';
import type { DeploymentRow, Tables } from './tables.ts';

/** The columns of lists. */
export const listedColumns = [
  'id',
  'fence',
  'revision',
  'status',
  'body',
  'schema_version',
] as const;

type ListedRow = Pick<Selectable<DeploymentRow>, (typeof listedColumns)[number]>;

/** Everything of a row that comes from the record; fence, count of events and runs have their own rules. */
export function deploymentColumns(
  record: DeploymentRecord,
): Omit<DeploymentRow, 'fence' | 'event_count' | 'run_id' | 'run_before'> {
  const { fence: _, revision, status, workflowState, ...rest } = record;
  const body: DeploymentBody = rest;
  return {
    id: record.id,
    namespace: record.namespace,
    name: record.name,
    created_at: record.createdAt,
    revision,
    target_id: textOrNull(record.spec.deploymentTargetId),
    target_name: textOrNull(record.spec.deploymentTargetName),
    status: JSON.stringify(status),
    workflow_state: JSON.stringify(workflowState),
    body: JSON.stringify(body),
    schema_version: schemaVersion,
  };
}

export function listedDeployment(row: ListedRow): ListedDeployment {
  const what = `Deployment ${row.id}`;
  return {
    ...readBody(what, deploymentBodySchema, row.body, row.schema_version),
    fence: row.fence,
    revision: row.revision,
    status: readBody(what, statusSchema, row.status, row.schema_version),
  };
}

export function deploymentRecord(
  row: ListedRow & Pick<DeploymentRow, 'workflow_state'>,
): DeploymentRecord {
  const workflowState = readBody(
    `state of Deployment ${row.id}`,
    workflowStateSchema,
    row.workflow_state,
    row.schema_version,
  );
  return { ...listedDeployment(row), workflowState };
}

type LockedRow = Pick<
  DeploymentRow,
  'fence' | 'revision' | 'event_count' | 'run_id' | 'run_before'
>;

/**
 * Locks a Deployment's row until the transaction ends and tells what it holds. An update that changes nothing is the one
 * row lock that SQLite and Postgres both know; it makes the writers of one Deployment take turns, on any process.
 */
export async function lockDeployment(
  transaction: Transaction<Tables>,
  id: string,
): Promise<LockedRow | undefined> {
  return await transaction
    .updateTable('deployments')
    .set((row) => ({ fence: row.ref('fence') }))
    .where('id', '=', id)
    .returning(['fence', 'revision', 'event_count', 'run_id', 'run_before'])
    .executeTakeFirst();
}

/**
 * Who writes from now on. A run takes over by beginning with exactly what is stored, as each one does that continues as
 * new or is made again from the store. One that was reset to its past begins with less: its decisions were made long ago.
 * @throws {Refused} FENCED_OUT.
 */
export function writingRun(
  id: string,
  stored: LockedRow,
  run: RecordBatch['run'],
): Pick<DeploymentRow, 'run_id' | 'run_before'> {
  const { run_id, run_before, revision } = stored;
  if (run === undefined || run.id === run_id) return { run_id, run_before };
  if (run.from === revision) return { run_id: run.id, run_before: run_id };
  throw new Refused(
    'FENCED_OUT',
    `run ${run.id} of Deployment ${id} began with revision ${run.from}, the store has ${revision}: it is made again from there`,
  );
}

/** The writer's workflow has a successor, or its Deployment is gone: nothing it says counts any more (S21). */
export const fencedOut = (id: string, fence: number, stored: number | undefined): Refused =>
  new Refused(
    'FENCED_OUT',
    stored === undefined
      ? `Deployment ${id} is not in the store: it was deleted`
      : `Deployment ${id} is written by incarnation ${stored} of its workflow; ${fence} must stop`,
  );

const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);
