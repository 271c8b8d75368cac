import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate } from 'node:timers/promises';
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDatabase } from './database.ts';
import { reachDatabase } from './failures.ts';
import { openStore } from './open-store.ts';
import { aDeployment, aJob } from './testing/records.ts';

const unreachable = { code: 'STORE_UNAVAILABLE', retryable: true };
let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-store-'));
  file = join(folder, 'sluice.db');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('a file that cannot be opened is Unreachable', async () => {
  await expect(openStore({ file: folder })).rejects.toMatchObject(unreachable);
  writeFileSync(file, '');
  await expect(openStore({ file: join(file, 'below-a-file.db') })).rejects.toMatchObject(
    unreachable,
  );
});

test('a lock that another process keeps is waited for, then Unreachable', async () => {
  const other = new DatabaseSync(file);
  other.exec('create table things (id text)');
  other.exec('begin immediate');
  const mine = new DatabaseSync(file);
  let tries = 0;
  const write = () => {
    tries += 1;
    mine.exec("insert into things values ('a')");
  };
  await expect(reachDatabase(write, 50)).rejects.toMatchObject(unreachable);
  expect(tries).toBeGreaterThan(1);

  const waiting = reachDatabase(write);
  other.exec('commit');
  await waiting;
  expect(mine.prepare('select count(*) as count from things').get()).toEqual({ count: 1 });
  mine.close();
  other.close();
});

test('a connection refused on every address is Unreachable', async () => {
  // Port 1 of the loopback: nothing listens there.
  await expect(openStore({ url: 'postgresql://x@localhost:1/x' })).rejects.toMatchObject(
    unreachable,
  );
});

test('a violated constraint is our own bug, and shows as what it is', async () => {
  const database = await openDatabase({ file });
  const row = { job_id: 'j', deployment_id: 'nobody', body: '{}', schema_version: 1 };
  const insert = database.query((db) => db.insertInto('observations').values(row).execute());
  await expect(insert).rejects.toThrow(/FOREIGN KEY constraint failed/);
  await expect(insert).rejects.not.toHaveProperty('retryable');
  await database.close();
});

test('a transaction that fails leaves nothing, and the next one works', async () => {
  const database = await openDatabase({ file });
  const clock = { namespace: 'n', last_micros: 1 };
  const broken = database.transact(async (transaction) => {
    await transaction.insertInto('namespace_clocks').values(clock).execute();
    throw new Error('on the way');
  });
  await expect(broken).rejects.toThrow('on the way');
  await database.transact((transaction) =>
    transaction.insertInto('namespace_clocks').values(clock).execute(),
  );
  await database.close();
});

test('a transaction that reads first is not overtaken by another writer', async () => {
  const [first, second] = [await openDatabase({ file }), await openDatabase({ file })];
  const order: string[] = [];
  let rival: Promise<unknown> = Promise.resolve();
  await first.transact(async (transaction) => {
    order.push('first reads');
    await transaction.selectFrom('namespace_clocks').selectAll().execute();
    rival = second.transact(async (other) => {
      order.push('second writes');
      await other
        .insertInto('namespace_clocks')
        .values({ namespace: 'b', last_micros: 1 })
        .execute();
    });
    await setImmediate();
    order.push('first writes');
    await transaction
      .insertInto('namespace_clocks')
      .values({ namespace: 'a', last_micros: 1 })
      .execute();
  });
  await rival;
  expect(order).toEqual(['first reads', 'first writes', 'second writes']);
  await Promise.all([first.close(), second.close()]);
});

test('a full disk is Unreachable and says so', async () => {
  const database = await openDatabase({ file });
  await database.query((db) => sql`pragma max_page_count = 100`.execute(db));
  const write = database.transact(async (transaction) => {
    const row = { namespace: 'x'.repeat(1_000_000), last_micros: 1 };
    await transaction.insertInto('namespace_clocks').values(row).execute();
  });
  await expect(write).rejects.toMatchObject(unreachable);
  await expect(write).rejects.toThrow(/is full/);
  await database.close();
});

test('a database of a newer release is refused by name', async () => {
  const store = await openStore({ file });
  await store.close();
  const db = new DatabaseSync(file);
  db.exec("insert into kysely_migration values ('9999-future', '2099-01-01T00:00:00.000Z')");
  db.close();
  await expect(openStore({ file })).rejects.toThrow(/newer release of Sluice/);
});

test.each([
  ['of a newer schema', 'schema_version = 2', /newer release/],
  ['that is not JSON', "body = '{'", /not JSON/],
  ['that lacks a field', "body = json_remove(body, '$.state')", /state/],
])('a row %s is named, not left out (S29)', async (_, damage, why) => {
  const store = await openStore({ file });
  const deployment = aDeployment();
  const job = aJob(deployment);
  await store.deployments.insert(deployment, []);
  await store.write({
    deploymentId: deployment.id,
    namespace: 'default',
    fence: 1,
    at: 1,
    jobs: [job],
  });
  const db = new DatabaseSync(file);
  db.exec(`update jobs set ${damage}`);
  db.close();
  await expect(store.jobs.list('default', {})).rejects.toMatchObject(unreachable);
  await expect(store.jobs.get(job.id)).rejects.toThrow(why);
  await expect(store.jobs.get(job.id)).rejects.toThrow(job.id);
  await store.close();
});
