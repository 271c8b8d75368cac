import type { Transaction } from 'kysely';
import type { RecordBatch } from '../core/records.ts';
import { appendEvents } from './append-events.ts';
import { deploymentColumns, fencedOut, lockDeployment, writingRun } from './deployment-rows.ts';
import { isOlder } from './precedence.ts';
import { putJob, putSavepoint } from './put-records.ts';
import type { Tables } from './tables.ts';

/**
 * One write of a workflow, inside one transaction. A second delivery finds all of it there and changes nothing; a late
 * one adds what is missing and overwrites nothing newer.
 * @throws {Refused} FENCED_OUT for the whole batch (S21).
 */
export async function writeBatch(
  transaction: Transaction<Tables>,
  batch: RecordBatch,
): Promise<void> {
  const { deploymentId: id, namespace, fence } = batch;
  const stored = await lockDeployment(transaction, id);
  if (!stored || stored.fence > fence) throw fencedOut(id, fence, stored?.fence);
  const runs = writingRun(id, stored, batch.run);

  const version = { fence, revision: batch.deployment?.revision ?? stored.revision, at: batch.at };
  for (const job of batch.jobs ?? []) await putJob(transaction, job, version);
  for (const savepoint of batch.savepoints ?? [])
    await putSavepoint(transaction, savepoint, version);
  const log = { deploymentId: id, namespace, count: stored.event_count };
  const count = await appendEvents(transaction, log, batch.events ?? []);

  const isNews = batch.deployment !== undefined && isOlder(stored, version);
  await transaction
    .updateTable('deployments')
    .set({
      ...(isNews && batch.deployment ? deploymentColumns(batch.deployment) : {}),
      fence,
      event_count: count,
      ...runs,
    })
    .where('id', '=', id)
    .execute();
}
