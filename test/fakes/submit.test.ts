import { afterAll, afterEach, expect, test } from 'vitest';
import { jarUri, patient, virtualWorld } from './testing.ts';

let { world, clock, driver } = virtualWorld();
afterEach(() => {
  const broken = world.violations.messages;
  world.close();
  ({ world, clock, driver } = virtualWorld());
  expect(broken).toEqual([]);
});
afterAll(() => world.close());

const refused = (text: string) => ({
  code: 'FLINK_REQUEST_REFUSED',
  message: expect.stringContaining(text),
});

test('a pinned job id is taken once, also after the job ended and was forgotten', async () => {
  world.close();
  ({ world, clock, driver } = virtualWorld({ jobMemoryMs: 40 }));
  const one = await driver('d', 1).running();
  await expect(one.run()).rejects.toMatchObject(refused('already been submitted'));
  await one.stop();
  await clock.advance(40);
  expect(await one.state()).toBeUndefined();
  await expect(one.run()).rejects.toMatchObject(refused('already been submitted'));
});

test('main() that throws leaves no job and the id usable', async () => {
  world.program(jarUri, (run) => (run === 1 ? { mainThrows: 'IllegalState: boom' } : {}));
  const one = await driver('d', 1).up();
  await expect(one.run()).rejects.toMatchObject(refused('boom'));
  expect(await one.state()).toBeUndefined();
  await one.run();
  expect(await one.state()).toBe('INITIALIZING');
});

test('a missing entry class leaves no job', async () => {
  world.program(jarUri, { entryClasses: ['org.example.Main'] });
  const one = await driver('d', 1).up();
  await expect(one.run({ entryClass: 'no.Such' })).rejects.toMatchObject(refused('no.Such'));
  expect(await one.state()).toBeUndefined();
  await one.run({ entryClass: 'org.example.Main' });
});

test('a missing restore point leaves a FAILED job and burns the id', async () => {
  const one = await driver('d', 1).up();
  const savepointPath = `${world.storage.uri}/nowhere`;
  await expect(one.run({ savepointPath })).rejects.toMatchObject(refused('Cannot find'));
  expect(await one.state()).toBe('FAILED');
  await expect(one.run()).rejects.toMatchObject(refused('already been submitted'));
  expect(world.lineage.starts('d')).toEqual([]);
});

test('a folder without _metadata is no restore point', async () => {
  const path = `${world.storage.uri}/chk-7`;
  world.storage.begin(path);
  const one = await driver('d', 1).up();
  await expect(one.run({ savepointPath: path })).rejects.toMatchObject(refused('Cannot find'));
});

test('state of a removed operator needs allowNonRestoredState', async () => {
  world.program(jarUri, { operators: ['source', 'window'] });
  const one = await driver('d', 1).running();
  const savepointPath = await one.stop();
  world.program(jarUri, { operators: ['source'] });
  const two = await driver('d', 2).up();
  await expect(two.run({ savepointPath })).rejects.toMatchObject(refused('operator window'));
  expect(await two.state()).toBe('FAILED');
  const three = await driver('d', 3).running({ savepointPath, allowNonRestoredState: true });
  expect(await three.state()).toBe('RUNNING');
});

test('another state type is accepted and fails later', async () => {
  const one = await driver('d', 1).running();
  const savepointPath = await one.stop();
  world.program(jarUri, { stateType: 'string', restarts: 0 });
  const two = await driver('d', 2).running({ savepointPath });
  expect(await two.state()).toBe('FAILED');
  const causes = await clock.until(two.flink.exceptions(two.flinkJobId, 5, patient));
  expect(causes[0]?.rootCause).toContain('StateMigrationException');
});

test('a job that fails restarts as often as it may, then is FAILED with its checkpoint kept', async () => {
  world.program(jarUri, { failsAfterMs: 40, restarts: 2 });
  const one = await driver('d', 1).running();
  await clock.advance(400);
  expect(await one.state()).toBe('FAILED');
  expect(world.jobs('d')[0]?.restarts).toBe(2);
  const seen = await clock.until(one.flink.checkpoints(one.flinkJobId, patient));
  expect(world.storage.read(seen?.newest?.path ?? '')).toBeDefined();
});

test('a bounded job ends FINISHED and takes its checkpoints with it', async () => {
  world.program(jarUri, { finishesAfterMs: 60 });
  const one = await driver('d', 1).running();
  await clock.advance(100);
  expect(await one.state()).toBe('FINISHED');
  expect(await clock.until(one.flink.checkpoints(one.flinkJobId, patient))).not.toHaveProperty(
    'newest',
  );
});

test('of two runs of one id at once one wins', async () => {
  const one = await driver('d', 1).up();
  const both = await Promise.allSettled([one.run(), one.run()]);
  expect(both.map((end) => end.status).sort()).toEqual(['fulfilled', 'rejected']);
  expect(world.liveJobs('d')).toHaveLength(1);
});

test('an unknown jar is refused', async () => {
  const one = await driver('d', 1).up();
  await expect(one.run({ jarId: 'nope.jar' })).rejects.toMatchObject(refused('does not exist'));
});
