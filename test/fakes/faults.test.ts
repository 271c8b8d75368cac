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

const unreachable = { code: 'FLINK_UNREACHABLE', retryable: true };

test('a lost request has no effect, a lost answer has', async () => {
  const one = await driver('d', 1).up();
  const lost = world.fault({ kind: 'run' }, { is: 'request-lost' });
  await expect(one.run()).rejects.toMatchObject(unreachable);
  expect(world.liveJobs('d')).toEqual([]);
  world.fault({ kind: 'run' }, { is: 'answer-lost' });
  await expect(one.run()).rejects.toMatchObject(unreachable);
  expect(world.liveJobs('d')).toHaveLength(1);
  expect(lost.fired).toBe(1);
  expect(world.trace.calls('run').map((call) => [call.effect, call.answer])).toEqual([
    [false, 'unreachable'],
    [true, 'unreachable'],
  ]);
});

test('a slow call: the caller gives up, and it happens later', async () => {
  const one = await driver('d', 1).up();
  world.fault({ kind: 'run' }, { is: 'slow', effectAfterMs: 200 });
  await expect(one.run()).rejects.toMatchObject(unreachable);
  expect(world.liveJobs('d')).toEqual([]);
  await clock.advance(200);
  expect(world.liveJobs('d')).toHaveLength(1);
});

test('a stale read answers as before the last change, and a plan without a past does not fire', async () => {
  const one = await driver('d', 1).running();
  const early = world.fault({ kind: 'jobState' }, { is: 'stale' });
  expect(await one.state()).toBe('RUNNING');
  expect(early.fired).toBe(0);
  await one.stop();
  expect(await one.state()).toBe('FINISHED');
  const late = world.fault({ kind: 'jobState' }, { is: 'stale' });
  expect(await one.state()).toBe('RUNNING');
  expect(late.fired).toBe(1);
});

test('a call delivered twice meets itself', async () => {
  const one = await driver('d', 1).up();
  world.fault({ kind: 'run' }, { is: 'twice', copyAfterMs: 30 });
  await one.run();
  await clock.advance(60);
  expect(world.liveJobs('d')).toHaveLength(1);
});

test('a late copy of ensure does not revive a destroyed cluster', async () => {
  const one = driver('d', 1);
  world.fault({ kind: 'ensure' }, { is: 'twice', copyAfterMs: 100 });
  await one.up();
  await one.destroy();
  await clock.advance(200);
  expect(world.clustersOf('d')).toEqual([]);
});

test('the nth call, and n from there on', async () => {
  const one = await driver('d', 1).running();
  const plan = world.fault({ kind: 'jobState', nth: 2, times: 2 }, { is: 'garbage' });
  expect(await one.state()).toBe('RUNNING');
  await expect(one.state()).rejects.toMatchObject(unreachable);
  await expect(one.state()).rejects.toMatchObject(unreachable);
  expect(await one.state()).toBe('RUNNING');
  expect(plan.fired).toBe(2);
});

test('faults can be kept to one Deployment', async () => {
  const [one, two] = [await driver('d', 1).running(), await driver('e', 1).running()];
  world.fault({ kind: 'jobState', deploymentId: 'd', times: 9 }, { is: 'request-lost' });
  expect(await two.state()).toBe('RUNNING');
  await expect(one.state()).rejects.toMatchObject(unreachable);
});

test('a hook acts between the effect of a call and its answer', async () => {
  const one = await driver('d', 1).up();
  let seen = 0;
  world.onCall('run', () => {
    seen = world.liveJobs('d').length;
  });
  world.onAnswer('run', () => {
    seen += world.liveJobs('d').length * 10;
  });
  await one.run();
  expect(seen).toBe(10);
});

test('the signal ends the wait and not the effect', async () => {
  const one = await driver('d', 1).up();
  world.fault({ kind: 'run' }, { is: 'hangs-after' });
  const { signal, abort } = abortable();
  world.onCall('run', () => void clock.after(30, abort));
  const [jar] = await clock.until(one.flink.jars(patient));
  expect(jar).toBeUndefined();
  const { path } = await clock.until(world.artifacts.fetch('file:///jars/app.jar', patient));
  const jarId = await clock.until(one.flink.uploadJar(path, 'app.jar', patient));
  const request = { jarId, jobId: one.flinkJobId, flinkVersion: '2.3', programArgs: [] };
  const call = one.flink.run({ ...request, parallelism: 1 }, signal);
  await expect(clock.until(call)).rejects.toThrow('given up');
  expect(world.liveJobs('d')).toHaveLength(1);
});

test('a silent, refusing or garbling endpoint proves nothing, and heals', async () => {
  const one = await driver('d', 1).running();
  for (const mood of ['silent', 'refuses', 'garbage'] as const) {
    world.rest(one.spec.clusterId, mood);
    await expect(one.state()).rejects.toMatchObject(unreachable);
  }
  world.rest(one.spec.clusterId, 'answers');
  expect(await one.state()).toBe('RUNNING');
  world.target.silent = true;
  await expect(one.destroy()).rejects.toMatchObject({ code: 'TARGET_UNREACHABLE' });
  expect(world.liveJobs('d')).toHaveLength(1);
});

test('troubled clusters: silent, exited, too few TaskManagers, a key not taken (S30)', async () => {
  world.target.troubleNext({ jobManager: 'exits' }, { taskManagers: 0, ignoredKeys: ['x'] });
  const one = await driver('d', 1).up();
  const seen = await clock.until(world.target.describe(one.spec, patient));
  expect(seen).toMatchObject({ jobManager: 'exited', trouble: expect.any(String) });
  await one.destroy();
  const two = driver('d', 2);
  two.spec.flinkConfiguration.x = 'y';
  await two.up();
  expect(await clock.until(two.flink.overview(patient))).toMatchObject({ slotsTotal: 0 });
  expect(await clock.until(two.flink.configuration(patient))).not.toHaveProperty('x');
});

test('artifacts: missing, refused, unavailable, changed', async () => {
  const fetch = () => clock.until(world.artifacts.fetch('https://example.com/a/app.jar', patient));
  const first = await fetch();
  expect(first.filename).toBe('app.jar');
  world.artifacts.replace('https://example.com/a/app.jar', 'v2');
  expect((await fetch()).sha256).not.toBe(first.sha256);
  for (const [mood, code] of [
    ['missing', 'ARTIFACT_NOT_FOUND'],
    ['refused', 'ARTIFACT_REFUSED'],
    ['unavailable', 'ARTIFACT_UNAVAILABLE'],
  ] as const) {
    world.artifacts.answer('https://example.com/a/app.jar', mood);
    await expect(fetch()).rejects.toMatchObject({ code });
  }
});

function abortable() {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort(new Error('given up')) };
}
