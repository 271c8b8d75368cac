import { afterAll, afterEach, expect, test } from 'vitest';
import type { Driver } from './testing.ts';
import { patient, virtualWorld } from './testing.ts';

let { world, clock, driver } = virtualWorld();
afterEach(() => {
  const broken = world.violations.messages;
  world.close();
  ({ world, clock, driver } = virtualWorld());
  expect(broken).toEqual([]);
});
afterAll(() => world.close());

const [idA, idB] = ['a'.repeat(32), 'b'.repeat(32)];
const stop = (one: Driver, id: string): Promise<void> =>
  clock.until(one.flink.stopWithSavepoint(one.capture(id), patient));
const save = (one: Driver, id: string): Promise<void> =>
  clock.until(one.flink.triggerSavepoint(one.capture(id), patient));

test('a repeated trigger id meets the same operation, running or done', async () => {
  const one = await driver('d', 1).running();
  await save(one, idA);
  await save(one, idA);
  await clock.advance(20);
  const done = await one.operation(idA);
  await save(one, idA);
  await clock.advance(20);
  expect(await one.operation(idA)).toEqual(done);
  expect(world.trace.count('triggerSavepoint')).toBe(3);
  expect(world.trace.writeKinds('d').filter((kind) => kind === 'triggerSavepoint')).toHaveLength(1);
});

test('an id that was a savepoint makes a stop do nothing', async () => {
  const one = await driver('d', 1).running();
  await save(one, idA);
  await clock.advance(20);
  await stop(one, idA);
  await clock.advance(20);
  expect(await one.state()).toBe('RUNNING');
});

test('after its memory ends the same id makes a second savepoint', async () => {
  world.close();
  ({ world, clock, driver } = virtualWorld({ operationMemoryMs: 30 }));
  const one = await driver('d', 1).running();
  await save(one, idA);
  await clock.advance(20);
  const first = await one.operation(idA);
  await clock.advance(30);
  expect(await one.operation(idA)).toEqual({ status: 'unknown' });
  await save(one, idA);
  await clock.advance(20);
  const second = await one.operation(idA);
  expect([first.status, second.status]).toEqual(['completed', 'completed']);
  expect(second).not.toEqual(first);
});

test('unknown ids, unknown jobs and ended jobs', async () => {
  const one = await driver('d', 1).running();
  expect(await one.operation(idA)).toEqual({ status: 'unknown' });
  await one.stop();
  await stop(one, idB);
  expect(await one.operation(idB)).toMatchObject({ status: 'failed', jobNotFound: true });
  expect(await one.state()).toBe('FINISHED');
});

test('tasks that do not run decline, and the job goes on', async () => {
  const one = await driver('d', 1).running();
  world.liveJob('d').crash('boom');
  await stop(one, idA);
  const seen = await one.operation(idA);
  expect(seen).toMatchObject({ status: 'failed', cause: expect.stringContaining('Not all') });
  await clock.advance(20);
  expect(await one.state()).toBe('RUNNING');
});

test('outcome: the savepoint fails and the job runs on', async () => {
  const one = await driver('d', 1).running();
  world.outcome('d', 'stop', { is: 'fails' });
  await stop(one, idA);
  await clock.advance(20);
  expect(await one.operation(idA)).toMatchObject({ status: 'failed' });
  const before = world.liveJob('d').counter;
  await clock.advance(10);
  expect(world.liveJob('d').counter).toBe(before + 10);
});

test('outcome: the savepoint exists, the job fails while stopping and restarts from older state (R02)', async () => {
  const one = await driver('d', 1).running();
  await clock.advance(60);
  world.outcome('d', 'stop', { is: 'job-fails', ending: 'restarts' });
  await stop(one, idA);
  await clock.advance(20);
  const seen = await one.operation(idA);
  const location = seen.status === 'failed' ? (seen.location ?? '') : '';
  expect(location).toContain('savepoint-');
  expect(await one.state()).toBe('RUNNING');
  const restored = await clock.until(one.flink.checkpoints(one.flinkJobId, patient));
  expect(restored?.restored?.isSavepoint).toBe(false);
  expect(world.storage.read(location)?.counter).toBe(world.lineage.best('d', 'any'));
});

test('outcome: never ends; gone with its JobManager', async () => {
  const one = await driver('d', 1).running();
  world.outcome('d', 'stop', { is: 'never-ends' });
  await stop(one, idA);
  await clock.advance(500);
  expect(await one.operation(idA)).toEqual({ status: 'in-progress' });
  expect(await one.state()).toBe('RUNNING');
});

test('outcome: completed without a location, which proves nothing about the file (F19)', async () => {
  const one = await driver('d', 1).running();
  world.outcome('d', 'stop', { is: 'no-location' });
  await stop(one, idA);
  await clock.advance(20);
  const seen = await one.operation(idA);
  expect(seen).toMatchObject({ status: 'failed', cause: expect.stringContaining('without') });
  expect(seen).not.toHaveProperty('location');
  expect(await one.state()).toBe('FINISHED');
  expect(world.lineage.best('d', 'savepoints')).toBeGreaterThan(0);
});

test('two stops at once leave the job FAILED, one with a savepoint', async () => {
  const one = await driver('d', 1).running();
  await stop(one, idA);
  await stop(one, idB);
  await clock.advance(20);
  expect(await one.state()).toBe('FAILED');
  const [a, b] = [await one.operation(idA), await one.operation(idB)];
  expect(a).toMatchObject({ status: 'failed', location: expect.stringContaining('savepoint-') });
  expect(b).toMatchObject({ status: 'failed', cause: expect.stringContaining('suspending') });
});

test('a cancel overtakes a stop', async () => {
  const one = await driver('d', 1).running();
  await stop(one, idA);
  await clock.until(one.flink.cancel(one.flinkJobId, patient));
  await clock.advance(20);
  expect(await one.operation(idA)).toMatchObject({ status: 'failed' });
  expect(await one.state()).toBe('CANCELED');
});

test('a JobManager killed when the file was written: the savepoint is there, nobody says so', async () => {
  const one = await driver('d', 1).running();
  let written = '';
  world.happenings.on('savepoint-written', ({ path }) => {
    written = path ?? '';
    world.cluster(one.spec.clusterId).killJobManager();
  });
  await stop(one, idA);
  await clock.advance(50);
  expect(world.storage.read(written)).toMatchObject({ deploymentId: 'd', kind: 'savepoint' });
  expect(world.liveJobs('d')).toEqual([]);
  await expect(one.operation(idA)).rejects.toMatchObject({ code: 'FLINK_UNREACHABLE' });
});

test('cancel: accepted, accepted again, terminal, not found', async () => {
  const one = await driver('d', 1).running();
  const cancel = (id: string) => clock.until(one.flink.cancel(id, patient));
  expect(await cancel(one.flinkJobId)).toBe('accepted');
  expect(await one.state()).toBe('CANCELLING');
  await clock.advance(10);
  expect(await cancel(one.flinkJobId)).toBe('accepted');
  expect(await cancel(idA)).toBe('not-found');
  const two = await driver('d', 2).running();
  await two.stop();
  expect(await clock.until(two.flink.cancel(two.flinkJobId, patient))).toBe('terminal');
});

test('a cancel that hangs in user code ends with the cluster (F40)', async () => {
  world.program('file:///jars/app.jar', { cancelHangs: true });
  const one = await driver('d', 1).running();
  await clock.until(one.flink.cancel(one.flinkJobId, patient));
  await clock.advance(1_000);
  expect(await one.state()).toBe('CANCELLING');
  expect(world.liveJobs('d')).toHaveLength(1);
  await one.destroy();
  expect(world.liveJobs('d')).toEqual([]);
});
