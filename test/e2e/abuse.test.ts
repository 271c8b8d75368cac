import { rename } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findSampleJobs } from '../../src/setup/runtimes.ts';
import { deploymentWorkflowId, signals } from '../../workflows/messages.ts';
import { type Arena, openArena } from './support/arena.ts';
import { CounterDeployment } from './support/counter-deployment.ts';
import { killFlink, processes } from './support/kill-flink.ts';
import { until } from './support/until.ts';

/** What angry users and bad days did to a running Sluice by hand, and what must come of it. Flink 1.20 and 2.3. */
let arena: Arena;
let jarUri: string;
let temporal: Connection;

beforeAll(async () => {
  const jar = findSampleJobs().counter;
  arena = await openArena(jar, '1.20');
  jarUri = await arena.sluice.upload(jar);
  temporal = await Connection.connect({ address: await arena.sluice.temporalAddress() });
});

afterAll(async () => {
  await temporal.close();
  const { violations } = await arena.close();
  expect(violations).toEqual([]);
});

const workflowOf = ({ id }: CounterDeployment) =>
  new Client({ connection: temporal }).workflow.getHandle(deploymentWorkflowId('default', id));

const another = (name: string) => new CounterDeployment(arena.sluice, arena.truth, name);

/** Cancelled and deleted, with nothing left of its clusters. */
async function removed(deployment: CounterDeployment): Promise<void> {
  await deployment.patch({ state: 'CANCELLED' });
  await until(
    `${deployment.name} is CANCELLED`,
    async () => (await deployment.get()).status.state,
    (state) => state === 'CANCELLED',
  );
  await deployment.remove();
  const left = (await arena.truth.clusters()).filter((ref) => ref.deploymentId === deployment.id);
  expect(left).toEqual([]);
}

async function failureOf(deployment: CounterDeployment): Promise<{ message: string }> {
  return (await deployment.reaches('FAILED')).failure;
}

/** Processes of the JobManager of the Job that runs. */
async function jobManagerOf(deployment: CounterDeployment): Promise<number> {
  const token = `-Dsluice.job=${await deployment.jobId()}`;
  const [found] = (await processes()).filter(
    ({ line }) => line.includes(token) && line.includes('-Dsluice.part=jobmanager'),
  );
  if (!found) throw new Error('the JobManager has no process');
  return found.pid;
}

test('a missing target is named, not the missing artifact behind it (M34)', async () => {
  const lost = another('TopSpeedWindowing Example');
  const spec = { deploymentTargetId: '57b4c290-73ad-11e7-8cf7-a6006ad3dba0' };
  await lost.create('http://artifacts.invalid/TopSpeedWindowing.jar', { spec });
  expect((await failureOf(lost)).message).toContain('57b4c290');
  expect(await lost.eventNames()).toContain('REFERENCED_DEPLOYMENT_TARGET_DOES_NOT_EXIST');
  await removed(lost);
});

test('a main that throws ends FAILED with its words, and leaves nothing (M30, F09)', async () => {
  const thrown = another('throws');
  await thrown.create(jarUri, {
    mainArgs: '--fail-main boom',
    spec: { maxJobCreationAttempts: 1 },
  });
  expect((await failureOf(thrown)).message).toContain('boom');
  await removed(thrown);
});

test('a bounded job changed the moment it FINISHED is not run again (M13, S15)', async () => {
  const bounded = another('bounded');
  await bounded.create(jarUri, { mainArgs: '--rate 1000 --bound 500' });
  await bounded.reaches('FINISHED');
  const changed = await bounded.patch({ template: { spec: { parallelism: 2 } } });
  expect(changed.status.state).toBe('FINISHED');
  await until(
    'its cluster is gone',
    () => arena.truth.clusters(),
    (refs) => refs.every((ref) => ref.deploymentId !== bounded.id),
  );
  expect((await bounded.get()).status.state).toBe('FINISHED');
  expect(await bounded.jobs()).toHaveLength(1);
  await removed(bounded);
});

test('Flink 1.20 is upgraded to 2.3 with its state (G11)', async () => {
  const { counter } = arena;
  const before = await counter.counted();
  await counter.patch({ template: { spec: { artifact: { flinkVersion: '2.3' } } } });
  await counter.reaches('RUNNING');
  const after = await counter.counted(before.count);
  expect(after.restored).toBeGreaterThanOrEqual(before.count);
  expect(after.gap).toBe(0);
});

test('a silent JobManager starts nothing and loses nothing, whatever is wished (F34)', async () => {
  const { counter } = arena;
  const jobId = await counter.jobId();
  const pid = await jobManagerOf(counter);
  process.kill(pid, 'SIGSTOP');
  try {
    await counter.patch({ state: 'SUSPENDED' });
    await until(
      'the savepoint is wanted',
      () => counter.eventNames(),
      (names) => names.at(-1) === 'NEED_TO_TRIGGER_A_SAVEPOINT',
    );
    await counter.patch({ state: 'RUNNING' });
    await counter.reaches('RUNNING');
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  await counter.counted((await counter.counted()).count);
  expect(await counter.jobId()).toBe(jobId);
});

test('a workflow terminated while its upgrade stops the job is taken up again (F65)', async () => {
  const { counter } = arena;
  const before = await counter.counted();
  const known = (await counter.eventNames()).length;
  await counter.patch({ template: { spec: { parallelism: 2 } } });
  await until(
    'the savepoint is wanted',
    async () => (await counter.eventNames()).slice(known),
    (names) => names.includes('NEED_TO_TRIGGER_A_SAVEPOINT'),
  );
  await workflowOf(counter).terminate('by an angry user');
  await counter.patch({ maxJobCreationAttempts: 5 });
  await counter.reaches('RUNNING');
  const after = await counter.counted(before.count);
  expect(after.restored).toBeGreaterThanOrEqual(before.count);
});

test('a program that cannot read its state FAILS with the reason; the old one takes it (F24)', async () => {
  const { counter } = arena;
  const before = await counter.counted();
  const program = (mainArgs: string, flinkConfiguration: Record<string, string | null>) => ({
    maxJobCreationAttempts: 1,
    template: { spec: { artifact: { mainArgs }, flinkConfiguration } },
  });
  // Flink's own delays would make it more than a minute.
  const hasty = {
    'restart-strategy.type': 'fixed-delay',
    'restart-strategy.fixed-delay.attempts': '1000000',
    'restart-strategy.fixed-delay.delay': '200 ms',
    'web.refresh-interval': '200',
  };
  await counter.patch(program('--rate 500 --state-type string', hasty));
  await counter.waitsFor(/restarts so far.*; its last failure: .*[Ss]erializer/);
  expect((await failureOf(counter)).message).toMatch(/failed 10 times before .*[Ss]erializer/);
  const asBefore = Object.fromEntries(Object.keys(hasty).map((key) => [key, null]));
  await counter.patch(program('--rate 500', asBefore));
  await counter.reaches('RUNNING');
  expect((await counter.counted()).restored).toBeGreaterThanOrEqual(before.count);
});

test('a TaskManager killed as its job comes up is mended, and the job starts (F32)', async () => {
  const starting = another('starting');
  await starting.create(jarUri, { spec: { maxJobCreationAttempts: 1 } });
  await until(
    'the job is being submitted',
    () => starting.eventNames(),
    (names) => names.at(-1) === 'AWAITING_A_JOB_TO_START',
    { everyMs: 20 },
  );
  expect(await killFlink(arena.truth, starting.id, 'taskmanager')).toBe(1);
  await starting.reaches('RUNNING');
  await starting.counted(1);
  expect(await starting.jobs()).toHaveLength(1);
  await removed(starting);
});

test('a forced cancel of a silent job keeps its retained checkpoint (M05, M36)', async () => {
  const { counter } = arena;
  const before = await counter.counted();
  process.kill(await jobManagerOf(counter), 'SIGSTOP');
  await workflowOf(counter).signal(signals.forceCancel);
  await counter.reaches('CANCELLED');
  expect((await arena.truth.clusters()).map((ref) => ref.deploymentId)).not.toContain(counter.id);
  await counter.patch({ state: 'RUNNING' });
  await counter.reaches('RUNNING');
  expect((await counter.counted()).restored).toBeGreaterThan(before.restored);
});

test('a resume whose savepoint is gone FAILS naming it, and retry finds it again (M36, F45, R07)', async () => {
  const { counter, sluice } = arena;
  await counter.patch({ state: 'SUSPENDED' });
  await counter.reaches('SUSPENDED');
  const { items } = await sluice.ok('GET', `/savepoints?deploymentId=${counter.id}`);
  const location: string = items
    .filter(({ status }: { status: { state: string } }) => status.state === 'COMPLETED')
    .at(-1).spec.savepointLocation;
  const path = fileURLToPath(location.replace(/^file:\/*/, 'file:///'));
  await rename(path, `${path}-moved`);
  await counter.patch({ state: 'RUNNING' });
  expect((await failureOf(counter)).message).toContain(path);
  await rename(`${path}-moved`, path);
  await workflowOf(counter).signal(signals.retry);
  await until(
    'the counter runs again',
    async () => (await counter.get()).status.state,
    (state) => state === 'RUNNING',
  );
  expect((await counter.counted()).gap).toBe(0);
});
