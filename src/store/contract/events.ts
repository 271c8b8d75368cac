import { expect, test } from 'vitest';
import { aBatch, aDeployment, anEvent, aSavepoint, someTime } from '../testing/records.ts';
import type { Given } from './contract.ts';

/** The event log (S10) and what is read beside it. */
export function eventsContract(given: Given): void {
  const aStoredDeployment = async (namespace = 'default') => {
    const record = aDeployment({ namespace });
    await given.store.deployments.insert(record, []);
    return record;
  };

  test('events of one moment get times of their own, in their order, across Deployments (api.md 2.4)', async () => {
    const [a, b] = [await aStoredDeployment(), await aStoredDeployment()];
    await given.store.write(aBatch(a, { events: [anEvent('1/1'), anEvent('1/2')] }));
    await given.store.write(aBatch(b, { events: [anEvent('1/1', { at: someTime - 5_000 })] }));
    const micros = (await given.store.events.list('default', {})).map((e) => e.createdAtMicros);
    const first = someTime * 1000;
    expect(micros).toEqual([first, first + 1, first + 2]);
  });

  test('the clock of one namespace does not move another', async () => {
    const [here, there] = [await aStoredDeployment(), await aStoredDeployment('other')];
    await given.store.write(aBatch(here, { events: [anEvent('1/1', { at: someTime + 60_000 })] }));
    await given.store.write(aBatch(there, { events: [anEvent('1/1')] }));
    expect(await given.store.events.list('other', {})).toMatchObject([
      { createdAtMicros: someTime * 1000, number: 1 },
    ]);
  });

  test('a text that Postgres cannot store as such comes back whole', async () => {
    const record = await aStoredDeployment();
    const message = 'Flink said: \u0000 and \ud83d\ude00 and \ud800';
    await given.store.write(aBatch(record, { events: [anEvent('1/1', { message })] }));
    expect(await given.store.events.list('default', {})).toMatchObject([{ message }]);
  });

  test('the same key twice in one batch is one event, and other Deployments may use it too', async () => {
    const [a, b] = [await aStoredDeployment(), await aStoredDeployment()];
    const twice = [anEvent('1/1'), anEvent('1/1', { message: 'again' }), anEvent('1/2')];
    await given.store.write(aBatch(a, { events: twice }));
    await given.store.write(aBatch(b, { events: [anEvent('1/1')] }));
    const log = await given.store.events.list('default', {});
    expect(log.map(({ number, message }) => [number, message])).toEqual([
      [1, 'event 1/1'],
      [2, 'event 1/2'],
      [1, 'event 1/1'],
    ]);
    expect(new Set(log.map(({ id }) => id)).size).toBe(3);
  });

  test('events are found by Deployment, by Job, after a number, and the latest alone', async () => {
    const [a, b] = [await aStoredDeployment(), await aStoredDeployment()];
    const events = [anEvent('1/1'), anEvent('1/2', { jobId: 'j1' }), anEvent('1/3')];
    await given.store.write(aBatch(a, { events }));
    await given.store.write(aBatch(b, { events: [anEvent('1/1')] }));
    const keys = async (filter: Parameters<typeof given.store.events.list>[1]) =>
      (await given.store.events.list('default', filter)).map(({ message }) => message);
    expect(await keys({ deploymentId: a.id, afterNumber: 1 })).toEqual(['event 1/2', 'event 1/3']);
    expect(await keys({ jobId: 'j1' })).toEqual(['event 1/2']);
    expect(await keys({ deploymentId: 'unknown' })).toEqual([]);
    expect(await keys({ deploymentId: a.id, latest: 2 })).toEqual(['event 1/2', 'event 1/3']);
  });

  test('savepoints are found by Deployment and by Job', async () => {
    const [a, b] = [await aStoredDeployment(), await aStoredDeployment()];
    const savepoints = [aSavepoint(a, { jobId: 'j1' }), aSavepoint(a)];
    await given.store.write(aBatch(a, { savepoints }));
    await given.store.write(aBatch(b, { savepoints: [aSavepoint(b)] }));
    const { list } = given.store.savepoints;
    expect(await list('default', {})).toHaveLength(3);
    expect(await list('default', { deploymentId: a.id })).toHaveLength(2);
    expect(await list('default', { deploymentId: a.id, jobId: 'j1' })).toHaveLength(1);
    expect(await list('other', { deploymentId: a.id })).toEqual([]);
  });
}
