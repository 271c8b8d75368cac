import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { postgresBinaries, startPostgres } from '../../../test/support/postgres.ts';
import type { StoreLocation } from '../open-store.ts';

/** A kind of database to run a test against. */
export interface DatabaseKind {
  name: string;
  /** False: it is not installed, and its tests are skipped. */
  isInstalled: boolean;
  start(): Promise<RunningDatabase>;
}

export interface RunningDatabase {
  /** A fresh, empty database. */
  create(): Promise<StoreLocation>;
  stop(): Promise<void>;
}

/** The embedded default. */
export const sqlite: DatabaseKind = { name: 'SQLite', isInstalled: true, start: startSqlite };

/** Production's, where the machine has Debian's `postgresql`. */
export const postgres: DatabaseKind = {
  name: 'Postgres',
  isInstalled: postgresBinaries() !== undefined,
  start: startServer,
};

async function startSqlite(): Promise<RunningDatabase> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-store-'));
  let files = 0;
  return {
    create: async () => {
      files += 1;
      return { file: join(folder, `${files}`, 'sluice.db') };
    },
    stop: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

async function startServer(): Promise<RunningDatabase> {
  const server = await startPostgres();
  return { create: async () => ({ url: await server.createDatabase() }), stop: server.stop };
}
