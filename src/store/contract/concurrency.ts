import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import type { EventRecord } from '../../core/records.ts';
import { openStore, type StoreLocation } from '../open-store.ts';
import { aBatch, aDeployment, anEvent } from '../testing/records.ts';
import type { Given } from './contract.ts';

/** Several processes on one database, and processes that die in the middle of a write. */
export function concurrencyContract(given: Given): void {
  test('two stores that write events at once leave no gap and no equal times (S10)', async () => {
    const another = await given.another();
    const [a, b] = [aDeployment(), aDeployment()];
    for (const deployment of [a, b]) await given.store.deployments.insert(deployment, []);
    const writes = [given.store, another].flatMap((store, writer) =>
      [a, b].flatMap((deployment) =>
        Array.from({ length: 15 }, (_, nth) => {
          const events = [anEvent(`${writer}/${nth}/x`), anEvent(`${writer}/${nth}/y`)];
          return store.write(aBatch(deployment, { events }));
        }),
      ),
    );
    await Promise.all(writes);
    const log = await given.store.events.list('default', {});
    expect(log).toHaveLength(120);
    expectGapless(log.filter(({ deploymentId }) => deploymentId === a.id));
    expectGapless(log.filter(({ deploymentId }) => deploymentId === b.id));
    expect(new Set(log.map(({ createdAtMicros }) => createdAtMicros)).size).toBe(120);
  });

  test('three processes start at once on an empty database, and all their writes arrive', async () => {
    const location = await given.emptyDatabase();
    const id = aDeployment().id;
    const processes = [1, 2, 3].map(() => start('write-events', location, id, 10));
    const exits = await Promise.all(processes.map((child) => once(child, 'exit')));
    expect(exits).toEqual([1, 2, 3].map(() => [0, null]));

    const store = await openStore(location);
    onTestFinished(() => store.close());
    const log = await store.events.list('default', { deploymentId: id });
    expect(log).toHaveLength(30);
    expectGapless(log);
    expect(await store.deployments.list('default')).toHaveLength(1);
  }, 30_000);

  test('a process killed just before its commit leaves nothing, and holds up nobody', async () => {
    const deployment = aDeployment();
    await given.store.deployments.insert(deployment, []);
    const child = start('stop-before-commit', given.location, deployment.id);
    await itSays(child, 'written');
    const waiting = given.store.write(aBatch(deployment, { events: [anEvent('1/1')] }));
    child.kill('SIGKILL');
    await waiting;

    expect(await given.store.deployments.get(deployment.id)).toEqual(deployment);
    expect(await given.store.jobs.list('default', {})).toEqual([]);
    const log = await given.store.events.list('default', {});
    expect(log.map(({ number, message }) => [number, message])).toEqual([[1, 'event 1/1']]);
  }, 30_000);

  test('wherever a process is killed, each of its writes is there as a whole or not at all', async () => {
    const deployment = aDeployment();
    await given.store.deployments.insert(deployment, []);
    for (const round of [1, 2, 3]) {
      const before = (await given.store.deployments.get(deployment.id))?.revision ?? 0;
      const child = start('write-for-ever', given.location, deployment.id);
      await itSays(child, 'writing');
      const revision = () => given.store.deployments.get(deployment.id).then((d) => d?.revision);
      await expect.poll(revision, { interval: 1, timeout: 10_000 }).toBeGreaterThan(before + round);
      child.kill('SIGKILL');
      await once(child, 'exit');

      const last = (await revision()) ?? 0;
      const job = await given.store.jobs.get(`job-of-${deployment.id}`);
      expect(job?.spec).toEqual({ revision: last });
      const log = await given.store.events.list('default', {});
      expect(log.at(-1)?.message).toBe(`event ${last}/c`);
      expect(log).toHaveLength((last - 1) * 3);
      expectGapless(log);
    }
  }, 60_000);
}

function expectGapless(log: EventRecord[]): void {
  expect(log.map(({ number }) => number)).toEqual(log.map((_, index) => index + 1));
}

const program = fileURLToPath(new URL('../testing/second-process.ts', import.meta.url));

function start(task: string, location: StoreLocation, id: string, count = 0): ChildProcess {
  const args = [program, task, JSON.stringify(location), id, String(count)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return child;
}

async function itSays(child: ChildProcess, word: string): Promise<void> {
  for await (const chunk of child.stdout ?? []) if (String(chunk).includes(word)) return;
  throw new Error(`the second process ended before it said "${word}"`);
}
