import { Client } from 'pg';
import { describe, expect, test } from 'vitest';
import { startPostgres } from '../../test/support/postgres.ts';
import type { Given } from './contract/contract.ts';
import { storeContract } from './contract/store-contract.ts';
import { openStore } from './open-store.ts';
import { postgres } from './testing/databases.ts';
import { aBatch, aDeployment, anEvent } from './testing/records.ts';

storeContract(postgres, (given) => {
  test('connections that the server breaks off are replaced', async () => {
    await Promise.all([given.store.tryWrite(), given.store.tryWrite(), given.store.tryWrite()]);
    await asAdministrator(given, async (client) => {
      await client.query(
        'select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1',
        ['sluice'],
      );
    });
    await expect.poll(() => given.store.tryWrite().then(() => 'answers')).toBe('answers');
  });

  test('a server that can only be read is Unreachable for a write, and only for that', async () => {
    await given.store.tryWrite();
    await asAdministrator(given, async (client) => {
      const readOnly = async (value: 'on' | 'off') => {
        await client.query(`alter system set default_transaction_read_only = ${value}`);
        await client.query('select pg_reload_conf()');
      };
      await readOnly('on');
      const write = () => given.store.tryWrite().catch((error: unknown) => error);
      await expect.poll(write).toMatchObject({ code: 'STORE_UNAVAILABLE' });
      expect(await given.store.deployments.list('default')).toEqual([]);
      await readOnly('off');
      await expect.poll(write).toBeUndefined();
    });
  });

  test('a write broken off by the server is Unreachable, and is there once when repeated', async () => {
    const deployment = aDeployment();
    await given.store.deployments.insert(deployment, []);
    const batch = aBatch(deployment, { events: [anEvent('1/1')] });
    await asAdministrator(given, async (client) => {
      await client.query('begin');
      await client.query('update deployments set fence = fence');
      const write = given.store.write(batch).catch((error: unknown) => error);
      await expect.poll(() => terminateWaiting(client)).toBe(1);
      expect(await write).toMatchObject({ code: 'STORE_UNAVAILABLE', retryable: true });
      await client.query('rollback');
    });
    await given.store.write(batch);
    expect(await given.store.events.list('default', {})).toHaveLength(1);
  });
});

describe.skipIf(!postgres.isInstalled)('a Postgres server that is away', () => {
  test('is Unreachable, at the start and later', async () => {
    const server = await startPostgres();
    const store = await openStore({ url: server.url });
    await server.stop();
    const unreachable = { code: 'STORE_UNAVAILABLE', retryable: true };
    await expect(store.tryWrite()).rejects.toMatchObject(unreachable);
    await expect(store.write(aBatch(aDeployment()))).rejects.toMatchObject(unreachable);
    await expect(openStore({ url: server.url })).rejects.toMatchObject(unreachable);
    await store.close();
  });
});

async function asAdministrator(given: Given, act: (client: Client) => Promise<void>) {
  if (!('url' in given.location)) throw new Error('not on Postgres');
  const client = new Client({ connectionString: given.location.url });
  await client.connect();
  try {
    await act(client);
  } finally {
    await client.end();
  }
}

/** Ends the connections that wait for a lock; returns how many there were. */
async function terminateWaiting(client: Client): Promise<number> {
  const { rowCount } = await client.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'sluice' and wait_event_type = 'Lock'`,
  );
  return rowCount ?? 0;
}
