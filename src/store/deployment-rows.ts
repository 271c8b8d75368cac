import type { Selectable, Transaction } from 'kysely';
import { Refused } from '../core/errors/index.ts';
import type { DeploymentRecord, ListedDeployment } from '../core/records.ts';
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

/** Everything of a row that comes from the record; `fence` and `event_count` have their own rules. */
export function deploymentColumns(
  record: DeploymentRecord,
): Omit<DeploymentRow, 'fence' | 'event_count'> {
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

/**
 * Locks a Deployment's row until the transaction ends and tells what it holds. An update that changes nothing is the one
 * row lock that SQLite and Postgres both know; it makes the writers of one Deployment take turns, on any process.
 */
export async function lockDeployment(
  transaction: Transaction<Tables>,
  id: string,
): Promise<Pick<DeploymentRow, 'fence' | 'revision' | 'event_count'> | undefined> {
  return await transaction
    .updateTable('deployments')
    .set((row) => ({ fence: row.ref('fence') }))
    .where('id', '=', id)
    .returning(['fence', 'revision', 'event_count'])
    .executeTakeFirst();
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
