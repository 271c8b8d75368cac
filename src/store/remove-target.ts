import type { Transaction } from 'kysely';
import { Refused } from '../core/errors/index.ts';
import { terminalJobStates } from '../core/vocabulary.ts';
import type { Database } from './database.ts';
import type { Tables } from './tables.ts';

/**
 * Removes a DeploymentTarget. Who holds a cluster there, or wants one, needs it: without it nobody can reach, and so
 * nobody can end, what runs there (S5).
 * @throws {Refused} NOT_POSSIBLE_NOW.
 */
export async function removeTarget(
  database: Database,
  namespace: string,
  id: string,
): Promise<void> {
  await database.transact(async (transaction) => {
    const removed = await transaction
      .deleteFrom('targets')
      .where('namespace', '=', namespace)
      .where('id', '=', id)
      .returning(['id', 'name'])
      .executeTakeFirst();
    if (!removed) return;
    const user = await userOf(transaction, namespace, removed);
    // Thrown inside the transaction, so that the row is back.
    if (user !== undefined) throw inUse(removed.name, user);
  });
}

/** Names a user of the target for people. */
async function userOf(
  transaction: Transaction<Tables>,
  namespace: string,
  target: { id: string; name: string },
): Promise<string | undefined> {
  const deployment = await transaction
    .selectFrom('deployments')
    .select('name')
    .where('namespace', '=', namespace)
    .where((row) =>
      row.or([row('target_id', '=', target.id), row('target_name', '=', target.name)]),
    )
    .executeTakeFirst();
  if (deployment) return `Deployment ${deployment.name}`;
  const job = await transaction
    .selectFrom('jobs')
    .select('id')
    .where('namespace', '=', namespace)
    .where('target', 'in', [target.id, target.name])
    .where('state', 'not in', terminalJobStates)
    .executeTakeFirst();
  return job && `Job ${job.id}, which has not ended`;
}

const inUse = (target: string, user: string): Refused =>
  new Refused(
    'NOT_POSSIBLE_NOW',
    `DeploymentTarget ${target} is used by ${user}; delete or move what uses it first`,
  );
