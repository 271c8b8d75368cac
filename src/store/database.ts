import { type Dialect, Kysely, type RawBuilder, sql, type Transaction } from 'kysely';
import { reachDatabase } from './failures.ts';
import { migrate } from './migrations.ts';
import { postgresDialect } from './postgres.ts';
import { openSqliteFile, sqliteDialect } from './sqlite.ts';
import type { Tables } from './tables.ts';

/** A file for SQLite, or a URL (`postgresql://user@host/database`) for Postgres. */
export type StoreLocation = { file: string } | { url: string };

/** The database as the repositories use it: outages have one name, waits an end. */
export interface Database {
  /** Runs one statement. @throws {Unreachable} STORE_UNAVAILABLE. */
  query<T>(statement: (db: Kysely<Tables>) => Promise<T>): Promise<T>;
  /** All or nothing; `change` may run more than once. @throws {Unreachable} STORE_UNAVAILABLE. */
  transact<T>(change: (transaction: Transaction<Tables>) => Promise<T>): Promise<T>;
  /** A write that changes nothing. @throws {Unreachable} STORE_UNAVAILABLE, also when the database can only be read. */
  tryWrite(): Promise<void>;
  close(): Promise<void>;
}

/** Connects and migrates. @throws {Unreachable} STORE_UNAVAILABLE. */
export async function openDatabase(location: StoreLocation): Promise<Database> {
  const kysely = new Kysely<Tables>({ dialect: await dialectOf(location) });
  try {
    await reachDatabase(() => migrate(kysely));
  } catch (error) {
    await kysely.destroy();
    throw error;
  }
  return {
    query: (statement) => reachDatabase(() => statement(kysely)),
    transact: (change) => reachDatabase(() => kysely.transaction().execute(change)),
    tryWrite: async () => {
      await reachDatabase(() => emptyWrite(location).execute(kysely));
    },
    close: () => kysely.destroy(),
  };
}

/**
 * SQLite goes to the disk with the page that this number stands in, new or not, and we keep nothing in it. Postgres on a
 * full disk ends by itself; one that became a standby, or read-only, refuses even this.
 */
const emptyWrite = (location: StoreLocation): RawBuilder<unknown> =>
  'url' in location ? sql`delete from events where false` : sql`pragma user_version = 0`;

async function dialectOf(location: StoreLocation): Promise<Dialect> {
  if ('url' in location) return postgresDialect(location.url);
  return sqliteDialect(await reachDatabase(() => openSqliteFile(location.file)));
}
