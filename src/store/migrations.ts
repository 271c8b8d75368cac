import type { Kysely } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { Unreachable } from '../core/errors/index.ts';
import { createTables } from './migrations/0001-create-tables.ts';
import { noteWriters } from './migrations/0002-note-writers.ts';
import type { Tables } from './tables.ts';

/**
 * All migrations, in the order of their names. A released one never changes. New ones only add (columns with a default,
 * tables, indexes), since processes of the release before go on working beside them during an upgrade.
 */
const migrations: Record<string, Migration> = {
  '0001-create-tables': { up: createTables },
  '0002-note-writers': { up: noteWriters },
};

/**
 * Brings the database to the newest schema. Safe when several processes start at once: each migrates in one transaction
 * under a lock (Postgres: an advisory lock; SQLite: the write lock that `begin immediate` takes).
 * @throws {Unreachable} STORE_UNAVAILABLE when a newer release has migrated it already.
 */
export async function migrate(db: Kysely<Tables>): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } });
  const { error } = await migrator.migrateToLatest();
  if (error === undefined) return;
  // Kysely has no class for it: a name in its table that this release does not know.
  if (error instanceof Error && /previously executed migration .* is missing/.test(error.message)) {
    throw new Unreachable(
      'STORE_UNAVAILABLE',
      'the database was migrated by a newer release of Sluice; start that release',
      { cause: error },
    );
  }
  throw error;
}
