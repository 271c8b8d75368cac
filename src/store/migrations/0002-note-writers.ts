import type { Kysely } from 'kysely';

/** Who writes a Deployment, and which installation holds a Job's cluster. */
export async function noteWriters(db: Kysely<unknown>): Promise<void> {
  await addTexts(db, 'deployments', ['run_id', 'run_before']);
  await addTexts(db, 'jobs', ['owner', 'owner_place']);
}

/** One statement each: SQLite adds one column at a time. */
async function addTexts(db: Kysely<unknown>, table: string, columns: string[]): Promise<void> {
  for (const column of columns) {
    await db.schema.alterTable(table).addColumn(column, 'text').execute();
  }
}
