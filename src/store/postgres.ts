import { type Dialect, PostgresDialect } from 'kysely';
import { Pool, types } from 'pg';

/** Postgres's type `int8`, which pg hands over as text since it may exceed a double; ours stay far below 2^53. */
const int8 = 20;

/**
 * Kysely over a pool. Each wait has an end: a server that is gone is noticed, and a process frozen in the middle of a
 * transaction loses its locks instead of holding up everybody else.
 */
export function postgresDialect(url: string): Dialect {
  const pool = new Pool({
    connectionString: url,
    application_name: 'sluice',
    max: 10,
    keepAlive: true,
    connectionTimeoutMillis: 5_000,
    lock_timeout: 5_000,
    statement_timeout: 10_000,
    idle_in_transaction_session_timeout: 10_000,
    // For a server that went silent. Longer than statement_timeout: a server that lives answers first.
    query_timeout: 15_000,
    // A connection given up on stays in the pool until its socket fails, minutes later; so none lives long.
    maxLifetimeSeconds: 60,
    types: {
      getTypeParser: (oid, format) => (oid === int8 ? Number : types.getTypeParser(oid, format)),
    },
  });
  // A connection broke, be it idle or in use. The pool drops it, and the query in it fails on its own; but Node ends a
  // process whose `error` events nobody hears, and the pool hears those of idle connections only.
  const heard = () => undefined;
  pool.on('error', heard);
  pool.on('connect', (client) => client.on('error', heard));
  return new PostgresDialect({ pool });
}
