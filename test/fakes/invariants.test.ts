import { afterAll, afterEach, expect, test } from 'vitest';
import type { JobState } from '../../src/core/vocabulary.ts';
import { patient, virtualWorld } from './testing.ts';

const records = new Map<string, JobState>();
const jobRecordState = (jobId: string): JobState | undefined => records.get(jobId);
let { world, clock, driver } = virtualWorld();
afterEach(() => {
  records.clear();
  world.close();
  ({ world, clock, driver } = virtualWorld());
});
afterAll(() => world.close());

const rules = (): string[] => world.violations.all.map((broken) => broken.rule);

test('a second live job of a Deployment throws, also beside one that only restarts (S1, R36)', async () => {
  await driver('d', 1).running();
  world.liveJob('d').crash('boom');
  const two = await driver('d', 2).up();
  await expect(two.run()).rejects.toMatchObject({ rule: 'S1' });
  expect(world.liveJobs('d')).toHaveLength(1);
  expect(rules()).toEqual(['S1']);
});

test('a job whose JobManager died counts as live until its tasks are gone (S1)', async () => {
  const one = await driver('d', 1).running();
  const two = await driver('d', 2).up();
  world.cluster(one.spec.clusterId).killJobManager();
  await expect(two.run()).rejects.toMatchObject({ rule: 'S1' });
  await clock.advance(world.options.heartbeatTimeoutMs);
  await two.run();
  expect(rules()).toEqual(['S1']);
});

test('a standby may stand by and warm up, and no second one beside it (S1)', async () => {
  await driver('d', 1).running();
  const standby = await driver('d', 2).up();
  await standby.run({ jobId: 'a'.repeat(32) }, world.artifacts.warmUpJar);
  await clock.advance(20);
  expect(world.liveJobs('d')).toHaveLength(1);
  expect(rules()).toEqual([]);
  await expect(driver('d', 3).up()).rejects.toMatchObject({ rule: 'S1' });
});

test('with records at hand a standby must be declared (S1)', async () => {
  world.close();
  ({ world, clock, driver } = virtualWorld({ jobRecordState }));
  await driver('d', 1).running();
  const two = driver('d', 2);
  records.set(two.spec.jobId, 'STARTING');
  await expect(two.up()).rejects.toMatchObject({ rule: 'S1' });
  records.set(two.spec.jobId, 'STANDBY');
  await two.up();
  records.set(two.spec.jobId, 'TERMINATING');
  records.set(driver('d', 3).spec.jobId, 'STANDBY');
  await driver('d', 3).up();
  expect(rules()).toEqual(['S1']);
});

test('a predecessor whose job is terminal may linger (S1)', async () => {
  const one = await driver('d', 1).running();
  const savepointPath = await one.stop();
  await driver('d', 2).running({ savepointPath });
  expect(rules()).toEqual([]);
});

test('two Deployments do not touch each other (S1)', async () => {
  await driver('d', 1).running();
  await driver('e', 1).running();
  expect(rules()).toEqual([]);
});

test('a cancel of a watched live job before its savepoint throws and cancels nothing (S2)', async () => {
  const one = await driver('d', 1).running();
  world.expectSavepointBeforeStop('d');
  await expect(clock.until(one.flink.cancel(one.flinkJobId, patient))).rejects.toMatchObject({
    rule: 'S2',
  });
  expect(await one.state()).toBe('RUNNING');
});

test('a destroy of its cluster is no way round (S2)', async () => {
  const one = await driver('d', 1).running();
  world.expectSavepointBeforeStop('d');
  await expect(one.destroy()).rejects.toMatchObject({ rule: 'S2' });
  expect(world.liveJobs('d')).toHaveLength(1);
});

test('a savepoint from before the transition does not count (S2)', async () => {
  const one = await driver('d', 1).running();
  await clock.until(one.flink.triggerSavepoint(one.capture('1'.repeat(32)), patient));
  await clock.advance(20);
  world.expectSavepointBeforeStop('d');
  await expect(one.destroy()).rejects.toMatchObject({ rule: 'S2' });
});

test('after its own savepoint, and after the expectation, it may be stopped (S2)', async () => {
  const one = await driver('d', 1).running();
  world.outcome('d', 'stop', { is: 'job-fails', ending: 'restarts' });
  world.expectSavepointBeforeStop('d');
  await clock.until(one.flink.stopWithSavepoint(one.capture('1'.repeat(32)), patient));
  await clock.advance(10);
  expect(await clock.until(one.flink.cancel(one.flinkJobId, patient))).toBe('accepted');

  const other = await driver('e', 1).running();
  world.expectSavepointBeforeStop('e')();
  await other.destroy();
  expect(rules()).toEqual([]);
});

test('what outlived its JobManager may be removed without a savepoint (S2)', async () => {
  const one = await driver('d', 1).running();
  world.expectSavepointBeforeStop('d');
  world.cluster(one.spec.clusterId).killJobManager();
  expect(world.liveJobs('d')).toHaveLength(1);
  await one.destroy();
  expect(world.liveJobs('d')).toEqual([]);
  expect(rules()).toEqual([]);
});

test('an expectation without a live job could not fail, so it is refused', () => {
  expect(() => world.expectSavepointBeforeStop('d')).toThrow('no live job');
});

test('a restore of a path of another Deployment throws, unless it was registered (S4)', async () => {
  const one = await driver('d', 1).running();
  const savepointPath = await one.stop();
  const other = await driver('e', 1).up();
  await expect(other.run({ savepointPath })).rejects.toMatchObject({ rule: 'S4' });
  world.invariants.registerPath('e', savepointPath);
  await other.run({ savepointPath });
  expect(rules()).toEqual(['S4']);
});

test('a write for a quiet Deployment throws without effect, reads and its neighbours go on (S5, S7)', async () => {
  const one = await driver('d', 1).running();
  world.declareQuiet('d');
  expect(await one.state()).toBe('RUNNING');
  await clock.until(world.target.ensure(one.spec, patient));
  await expect(clock.until(one.flink.cancel(one.flinkJobId, patient))).rejects.toMatchObject({
    rule: 'S7',
  });
  await expect(one.destroy()).rejects.toMatchObject({ rule: 'S7' });
  expect(await one.state()).toBe('RUNNING');
  await driver('e', 1).up();
  world.endQuiet('d');
  await one.destroy();
  expect(rules()).toEqual(['S7', 'S7']);
});

test('a pinned path, and one that a young job was restored from, cannot be disposed (S20)', async () => {
  const one = await driver('d', 1).running();
  const path = await one.stop();
  const two = await driver('d', 2).running({ savepointPath: path });
  const dispose = () => clock.until(two.flink.disposeSavepoint(path, patient));
  await expect(dispose()).rejects.toMatchObject({ rule: 'S20' });
  await clock.advance(60);
  world.storage.pin(path, 'd', 'rollback target');
  await expect(dispose()).rejects.toMatchObject({ rule: 'S20' });
  world.storage.unpin(path, 'd');
  await dispose();
  expect(world.storage.read(path)).toBeUndefined();
  await expect(dispose()).rejects.toMatchObject({ code: 'SAVEPOINT_FAILED' });
});

test('a job that died needs its restore point no longer (S20)', async () => {
  const savepointPath = await (await driver('d', 1).running()).stop();
  const two = await driver('d', 2).running({ savepointPath });
  world.cluster(two.spec.clusterId).killAll();
  const other = await driver('e', 1).up();
  await clock.until(other.flink.disposeSavepoint(savepointPath, patient));
  expect(rules()).toEqual([]);
});

test('a swallowed throw is still in the list', async () => {
  await driver('d', 1).running();
  const two = await driver('d', 2).up();
  await two.run().catch(() => undefined);
  expect(world.violations.messages).toHaveLength(1);
  expect(world.trace.calls('run').at(-1)?.answer).toBe('violation');
});
