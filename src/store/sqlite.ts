import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  SqliteAdapter,
  type SqliteDatabase,
  SqliteDriver,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type SqliteStatement,
} from 'kysely';

/**
 * Opens a database file, and makes it and its folder if need be. WAL lets several processes read while one writes;
 * FULL syncs the log at each commit, because an answered write must outlive a power cut (NORMAL may lose the last ones).
 * There is no busy timeout: SQLite would block the whole process in it, heartbeats included; see `reachDatabase`.
 */
export function openSqliteFile(file: string): DatabaseSync {
  mkdirSync(dirname(file), { recursive: true });
  const db = new DatabaseSync(file, { enableForeignKeyConstraints: true, timeout: 0 });
  try {
    db.exec('pragma journal_mode = wal');
    db.exec('pragma synchronous = full');
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Kysely over an open `node:sqlite` database, which it closes with itself. */
export function sqliteDialect(db: DatabaseSync): Dialect {
  return {
    createAdapter: () => new NodeSqliteAdapter(),
    createDriver: () => new NodeSqliteDriver(db),
    createIntrospector: (kysely) => new SqliteIntrospector(kysely),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
}

/** Kysely migrates outside a transaction, hence without a lock, unless DDL is said to be transactional; in SQLite it is. */
class NodeSqliteAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

class NodeSqliteDriver extends SqliteDriver {
  readonly #db: DatabaseSync;

  constructor(db: DatabaseSync) {
    super({ database: asBetterSqlite(db) });
    this.#db = db;
  }

  /** A plain `begin` takes the write lock at its first write only; what it read before may be stale then, and it fails. */
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }

  /** SQLite itself rolls back on a full disk or an I/O error; a second rollback would hide that error behind its own. */
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    if (this.#db.isTransaction) await super.rollbackTransaction(connection);
  }
}

/** More than Sluice has queries; `in (…)` lists of many lengths would grow without end. */
const maxStatements = 300;

/**
 * The call shape of better-sqlite3, which Kysely expects. It prepares each query anew, which costs more than most queries
 * do: statements are kept. SQLite itself prepares them again when the schema has changed.
 */
function asBetterSqlite(db: DatabaseSync): SqliteDatabase {
  const kept = new Map<string, SqliteStatement>();
  return {
    close: () => db.close(),
    prepare: (sql) => {
      const known = kept.get(sql);
      if (known) return known;
      if (kept.size >= maxStatements) kept.clear();
      const made = asBetterStatement(db.prepare(sql));
      kept.set(sql, made);
      return made;
    },
  };
}

function asBetterStatement(statement: StatementSync): SqliteStatement {
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...parameters.map(inputValue)),
    run: (parameters) => statement.run(...parameters.map(inputValue)),
    iterate: (parameters) => statement.iterate(...parameters.map(inputValue)),
  };
}

function inputValue(value: unknown): SQLInputValue {
  if (value === null || typeof value === 'string' || typeof value === 'number') return value;
  throw new TypeError(`SQLite cannot store a parameter of type ${typeof value}`);
}
