import { afterAll, afterEach, expect, test } from 'vitest';
import { clusterSpec, patient, virtualWorld } from './testing.ts';
import { FakeWorld } from './world.ts';

let { world, clock, driver } = virtualWorld();
afterEach(() => {
  const broken = world.violations.messages;
  world.close();
  ({ world, clock, driver } = virtualWorld());
  expect(broken).toEqual([]);
});
afterAll(() => world.close());

test('a submit without a look at the old job is an oversight, even when it happens to be over (S1)', async () => {
  const one = await driver('d', 1).running();
  const savepointPath = await one.stop();
  const two = await driver('d', 2).running({ savepointPath });
  await clock.until(two.flink.checkpoints(two.flinkJobId, patient));
  expect(world.oversights('d')).toEqual([
    `job ${two.flinkJobId} was submitted before ${one.flinkJobId} was seen to be over`,
  ]);
});

test.for(['jobState', 'job', 'jobs', 'destroy'] as const)(
  '%s is evidence of an end (S1)',
  async (kind) => {
    const one = await driver('d', 1).running();
    const savepointPath = await one.stop();
    if (kind === 'destroy') await one.destroy();
    if (kind === 'jobState') await one.state();
    if (kind === 'job') await clock.until(one.flink.job(one.flinkJobId, patient));
    if (kind === 'jobs') await clock.until(one.flink.jobs(patient));
    const two = await driver('d', 2).running({ savepointPath });
    await clock.until(two.flink.checkpoints(two.flinkJobId, patient));
    expect(world.oversights('d')).toEqual([]);
  },
);

test('a start whose restored path nobody read is an oversight (S24)', async () => {
  const one = await driver('d', 1).running();
  const savepointPath = await one.stop();
  await one.destroy();
  const two = await driver('d', 2).running({ savepointPath });
  expect(world.oversights('d')).toEqual([expect.stringContaining(two.flinkJobId)]);
  await clock.until(two.flink.checkpoints(two.flinkJobId, patient));
  expect(world.oversights('d')).toEqual([]);
});

test('the world runs on real time, too', async () => {
  const real = new FakeWorld();
  try {
    const spec = clusterSpec(real, 'd', 1);
    await real.target.ensure(spec, patient);
    const { restUrl } = real.cluster(spec.clusterId);
    const flink = real.flink.at(restUrl, spec.clusterId);
    await expect.poll(() => flink.overview(patient).then((seen) => seen.slotsTotal)).toBe(1);
    const { path, filename } = await real.artifacts.fetch('file:///jars/app.jar', patient);
    const jarId = await flink.uploadJar(path, filename, patient);
    const request = { jarId, flinkVersion: '2.3', programArgs: [], parallelism: 1 };
    await flink.run({ ...request, jobId: 'a'.repeat(32) }, patient);
    await expect.poll(() => real.lineage.best('d', 'any')).toBeGreaterThan(0);
  } finally {
    real.close();
  }
});
