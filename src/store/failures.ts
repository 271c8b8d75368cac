import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseError } from 'pg';
import { Unreachable } from '../core/errors/index.ts';

/** How long one call waits while others hold the database's locks, in milliseconds. */
const defaultPatienceMs = 5_000;

/**
 * Runs one query or one transaction. Waits without blocking while another process holds SQLite's write lock, runs a
 * transaction again that Postgres broke off in favour of another, and names an outage; nothing else is caught.
 * @throws {Unreachable} STORE_UNAVAILABLE. After a lost connection it is open whether a write was stored.
 */
export async function reachDatabase<T>(
  operation: () => T | Promise<T>,
  patienceMs = defaultPatienceMs,
): Promise<T> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    try {
      return await operation();
    } catch (error) {
      const trouble = troubleOf(error);
      if (trouble === 'other') throw error;
      if (trouble === 'outage' || performance.now() > deadline) throw unavailable(error);
    }
    await sleep(1 + Math.random() * 15);
  }
}

/** A row points at a Deployment that is gone. */
export function isForeignKeyViolation(error: unknown): boolean {
  // SQLITE_CONSTRAINT_FOREIGNKEY; Postgres: foreign_key_violation.
  return sqliteCode(error) === 787 || sqlState(error) === '23503';
}

type Trouble = 'contention' | 'outage' | 'other';

function troubleOf(error: unknown): Trouble {
  const sqlite = sqliteCode(error);
  if (sqlite !== undefined) return sqliteTrouble(sqlite & 0xff);
  const state = sqlState(error);
  if (state !== undefined) return postgresTrouble(state);
  return isConnectionError(error) ? 'outage' : 'other';
}

/** Primary result codes, https://sqlite.org/rescode.html. */
function sqliteTrouble(primary: number): Trouble {
  // BUSY, LOCKED
  if (primary === 5 || primary === 6) return 'contention';
  // READONLY, IOERR, FULL, CANTOPEN, PROTOCOL: the disk or its rights, not what was asked.
  return [8, 10, 13, 14, 15].includes(primary) ? 'outage' : 'other';
}

/** Classes and codes of https://www.postgresql.org/docs/current/errcodes-appendix.html. */
function postgresTrouble(state: string): Trouble {
  // serialization_failure, deadlock_detected: rolled back as a whole, to be run again.
  if (state === '40001' || state === '40P01') return 'contention';
  // lock_not_available; a former primary; the database does not exist (yet).
  if (['55P03', '25006', '3D000'].includes(state)) return 'outage';
  // Connection, authorisation (a password just changed), resources, operator intervention, system error; and
  // idle_in_transaction_session_timeout.
  return ['08', '28', '53', '57', '58'].includes(state.slice(0, 2)) || state === '25P03'
    ? 'outage'
    : 'other';
}

/** Node's and pg's own errors; pg has neither codes nor classes for its own, only texts. */
function isConnectionError(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.every(isConnectionError);
  if (!(error instanceof Error)) return false;
  if ('syscall' in error) return true;
  return /connection (terminated|error|timeout|has been discarded)|connection.*ended|timeout exceeded when trying to connect|query read timeout|not queryable/i.test(
    error.message,
  );
}

function unavailable(error: unknown): Unreachable {
  const why = error instanceof Error ? error.message : 'no answer';
  return new Unreachable('STORE_UNAVAILABLE', `the store cannot be used now: ${why}`, {
    cause: error,
  });
}

/** SQLite's extended result code. */
function sqliteCode(error: unknown): number | undefined {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number'
    ? error.errcode
    : undefined;
}

function sqlState(error: unknown): string | undefined {
  return error instanceof DatabaseError ? error.code : undefined;
}
