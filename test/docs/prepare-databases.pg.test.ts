import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { postgresBinaries, startPostgres, type TestPostgres } from '../support/postgres.ts';
import { root } from './document.ts';

describe.skipIf(postgresBinaries() === undefined)('prepare-databases.sh', () => {
  let postgres: TestPostgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres.stop());

  /** As the compose file runs it: by the superuser, with passwords that try to break out. */
  const prepare = () =>
    execFileSync('sh', [join(root, 'deploy/docker/prepare-databases.sh')], {
      encoding: 'utf8',
      env: {
        PATH: process.env.PATH ?? '',
        PGHOST: new URL(postgres.url).searchParams.get('host') ?? '',
        PGUSER: 'sluice',
        TEMPORAL_DB_PASSWORD: `'; DROP DATABASE sluice; --`,
        SLUICE_DB_PASSWORD: `$(touch /) "\\'`,
      },
    });

  const ask = async (sql: string): Promise<unknown[]> => {
    const client = new Client({ connectionString: postgres.url });
    await client.connect();
    try {
      return (await client.query(sql)).rows;
    } finally {
      await client.end();
    }
  };

  test('makes databases with owners of their own, and is content to find them', async () => {
    expect(prepare()).toContain('databases are ready');
    expect(prepare()).toContain('databases are ready');
    const databases = await ask(
      `select datname as name, pg_get_userbyid(datdba) as owner from pg_database
        where datname in ('sluice', 'temporal', 'temporal_visibility') order by datname`,
    );
    expect(databases).toEqual([
      { name: 'sluice', owner: 'sluice' },
      { name: 'temporal', owner: 'temporal' },
      { name: 'temporal_visibility', owner: 'temporal' },
    ]);
  });

  test('lets Temporal into its own databases only', async () => {
    prepare();
    const may = await ask(
      `select has_database_privilege('temporal', 'sluice', 'connect') as sluice,
              has_database_privilege('temporal', 'temporal', 'connect') as temporal`,
    );
    expect(may).toEqual([{ sluice: false, temporal: true }]);
  });
});
