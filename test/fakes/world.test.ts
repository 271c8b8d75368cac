import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, expect, test } from 'vitest';
import { patient, virtualWorld } from './testing.ts';

let { world, clock, driver } = virtualWorld();
afterEach(() => {
  const broken = world.violations.messages;
  world.close();
  ({ world, clock, driver } = virtualWorld());
  expect(broken).toEqual([]);
});
afterAll(() => world.close());

test('a job counts from its first task on, and is RUNNING before it has slots', async () => {
  const one = await driver('d', 1).up();
  await one.run({ parallelism: 2 });
  await clock.advance(20);
  const job = await clock.until(one.flink.job(one.flinkJobId, patient));
  expect(job).toMatchObject({ state: 'RUNNING', vertices: [{ status: 'SCHEDULED' }, {}] });
  expect(world.liveJob('d').counter).toBe(0);
});

test('stop and restore: the next job goes on exactly where the savepoint was', async () => {
  const one = await driver('d', 1).running();
  const path = await one.stop();
  expect(path).toMatch(/^file:\/[^/]/);
  expect(await one.state()).toBe('FINISHED');
  const captured = world.storage.read(path)?.counter ?? 0;
  expect(captured).toBeGreaterThan(0);
  await one.destroy();

  const two = await driver('d', 2).running({ savepointPath: path });
  const checkpoints = await clock.until(two.flink.checkpoints(two.flinkJobId, patient));
  expect(checkpoints?.restored).toMatchObject({ path, isSavepoint: true });
  expect(world.lineage.starts('d').at(-1)).toMatchObject({ counter: captured, best: captured });
  expect(world.lostState('d')).toBe(0);
});

test('an empty start after a capture is lost state, and shows as a number', async () => {
  const one = await driver('d', 1).running();
  const captured = world.storage.read(await one.stop())?.counter;
  await one.destroy();
  await driver('d', 2).running();
  expect(world.lostState('d')).toBe(captured);
});

test('checkpoints are real folders, the newest stay, and only complete ones have _metadata', async () => {
  const one = await driver('d', 1).running();
  await clock.advance(140);
  const base = one.spec.flinkConfiguration['execution.checkpointing.dir'];
  const folder = fileURLToPath(`${base}/${one.flinkJobId}`);
  const seen = await clock.until(one.flink.checkpoints(one.flinkJobId, patient));
  const newest = seen?.newest?.id ?? 0;
  expect(newest).toBeGreaterThan(3);
  expect(existsSync(`${folder}/chk-${newest}/_metadata`)).toBe(true);
  expect(readdirSync(folder).filter((name) => existsSync(`${folder}/${name}/_metadata`))).toEqual([
    `chk-${newest}`,
  ]);
});

test('the checkpoint ids of a restored job go on, so that newest is the largest (S3)', async () => {
  const one = await driver('d', 1).running();
  await clock.advance(100);
  const path = await one.stop();
  const id = world.storage.read(path)?.checkpointId ?? 0;
  await one.destroy();
  const two = await driver('d', 2).running({ savepointPath: path });
  await clock.advance(40);
  const seen = await clock.until(two.flink.checkpoints(two.flinkJobId, patient));
  expect(seen?.newest?.id).toBeGreaterThan(id);
});

test('a retained checkpoint outlives a cancel and a reboot, and restores', async () => {
  const one = await driver('d', 1).running();
  await clock.advance(60);
  const path = (await clock.until(one.flink.checkpoints(one.flinkJobId, patient)))?.newest?.path;
  world.cluster(one.spec.clusterId).killAll();
  await one.destroy();
  const two = await driver('d', 2).running({ savepointPath: path ?? '' });
  expect(await two.state()).toBe('RUNNING');
  expect(world.lostState('d')).toBe(0);
});

test('a JobManager that died answers nothing, and its tasks run on until the heartbeat ends', async () => {
  const one = await driver('d', 1).running();
  world.cluster(one.spec.clusterId).killJobManager();
  await expect(one.state()).rejects.toMatchObject({ code: 'FLINK_UNREACHABLE' });
  expect(world.liveJobs('d')).toHaveLength(1);
  await clock.advance(world.options.heartbeatTimeoutMs);
  expect(world.liveJobs('d')).toEqual([]);
  const seen = await clock.until(world.target.describe(one.spec, patient));
  expect(seen).toMatchObject({ kind: 'present', jobManager: 'exited', taskManagersRunning: 1 });
});

test('ensure starts a missing TaskManager and never a JobManager', async () => {
  const one = await driver('d', 1).running();
  const cluster = world.cluster(one.spec.clusterId);
  await clock.advance(40);
  cluster.killTaskManager();
  await clock.advance(30);
  expect(world.liveJob('d').tasks).toBe('SCHEDULED');
  await clock.until(world.target.ensure(one.spec, patient));
  await clock.advance(30);
  expect(world.liveJob('d')).toMatchObject({ tasks: 'RUNNING', restarts: 1 });
  cluster.killJobManager();
  const seen = await clock.until(world.target.ensure(one.spec, patient));
  expect(seen).toMatchObject({ jobManager: 'exited' });
});

test('a failover restores the newest own checkpoint, which reads as no savepoint', async () => {
  const one = await driver('d', 1).running();
  await clock.advance(40);
  world.liveJob('d').crash('boom');
  await clock.advance(20);
  const seen = await clock.until(one.flink.checkpoints(one.flinkJobId, patient));
  expect(seen?.restored).toMatchObject({ isSavepoint: false, path: seen?.newest?.path });
  const causes = await clock.until(one.flink.exceptions(one.flinkJobId, 1, patient));
  expect(causes).toMatchObject([{ rootCause: 'boom' }]);
});

test('a destroyed cluster is absent with evidence and stays dead for a late ensure', async () => {
  const one = await driver('d', 1).running();
  await one.destroy();
  const seen = await clock.until(world.target.describe(one.spec, patient));
  expect(seen.kind).toBe('absent');
  await expect(one.up()).rejects.toMatchObject({ code: 'FENCED_OUT' });
  expect(await clock.until(world.target.list(patient))).toEqual([]);
});

test('room is bounded', async () => {
  world.close();
  ({ world, clock, driver } = virtualWorld({ maxClusters: 1 }));
  await driver('d', 1).up();
  await expect(driver('e', 1).up()).rejects.toMatchObject({ code: 'NO_ROOM_ON_TARGET' });
});

test('an id read back from another cluster counts for nothing', async () => {
  const one = await driver('d', 1).up();
  const { restUrl } = world.cluster(one.spec.clusterId);
  const wrong = world.flink.at(restUrl, 'j0');
  await expect(clock.until(wrong.overview(patient))).rejects.toMatchObject({
    code: 'FLINK_UNREACHABLE',
  });
});
