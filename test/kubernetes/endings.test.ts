import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CounterDeployment } from '../e2e/support/counter-deployment.ts';
import { until } from '../e2e/support/until.ts';
import { type Arena, openArena } from './support/arena.ts';

let arena: Arena;
beforeAll(async () => {
  // An attempt that failed leaves time to mend its cause.
  arena = await openArena('sluice-endings', { SLUICE_ATTEMPT_BACKOFF_MS: '3000' });
});
afterAll(async () => {
  expect(await arena.close()).toEqual([]);
});

/** Waits until its event log has one name so often. */
const tells = (counter: CounterDeployment, name: string, times = 1) =>
  until(
    `${counter.name} says ${name} ${times} times`,
    async () => (await counter.eventNames()).filter((one) => one === name).length,
    (seen) => seen >= times,
    { everyMs: 100 },
  );

/** Waits until another Job than this is said to run. */
const replaced = async (counter: CounterDeployment, jobId: string): Promise<string> => {
  await until(
    'another job runs',
    async () => (await counter.get()).status,
    ({ state, running }) => state === 'RUNNING' && running.jobId !== jobId,
  );
  return await counter.jobId();
};

const loseTaskManager = async (jobId: string): Promise<void> => {
  const selector = `sluice.dev/job=${jobId},app.kubernetes.io/component=taskmanager`;
  for (const pod of await arena.kube.pods(selector)) await arena.kube.deletePod(pod);
};

const objectsOf = async (counter: CounterDeployment) =>
  (await arena.truth.clusters()).filter(({ deploymentId }) => deploymentId === counter.id);

/** While it is there, no savepoint of this Deployment can be written: a file is where their folder would be. */
async function blockSavepoints(counter: CounterDeployment): Promise<() => Promise<void>> {
  const { spec } = await counter.get();
  const base: string = spec.template.spec.flinkConfiguration['state.savepoints.dir'];
  const path = join(fileURLToPath(base), counter.id);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, 'in the way');
  return () => rm(path);
}

describe('how a job ends', () => {
  test('a bounded one is FINISHED and rests, until it is cancelled and run (M13)', async () => {
    const counter = await arena.counter('bounded', { mainArgs: '--rate 1000 --bound 500' });
    await counter.reaches('FINISHED');
    await until(
      'nothing of it is left',
      () => objectsOf(counter),
      (left) => left.length === 0,
    );
    const changed = await counter.patch({ template: { spec: { parallelism: 2 } } });
    expect(changed.status.state).toBe('FINISHED');
    expect(await counter.jobs()).toHaveLength(1);
    await counter.become('CANCELLED');
    await counter.patch({ state: 'RUNNING', restoreStrategy: { kind: 'NONE' } });
    await counter.reaches('FINISHED');
    expect(await counter.jobs()).toHaveLength(2);
    await counter.become('CANCELLED');
  });

  test('one that fails is restarted by Flink, on the same cluster (M32)', async () => {
    const counter = await arena.counter('restarted', { mainArgs: '--rate 500 --fail-after 4000' });
    await counter.reaches('RUNNING');
    arena.watchState(counter);
    const job = await counter.jobId();
    const { restored } = await until(
      'it has restored its own checkpoint',
      () => counter.counted(),
      (seen) => seen.restored > 0,
    );
    expect((await counter.counted(restored)).gap).toBe(0);
    expect(await counter.jobId()).toBe(job);
    await counter.become('CANCELLED');
  });

  test('one that Flink gives up comes back on a new cluster with its state, as often as is allowed (M32)', async () => {
    const counter = await arena.counter('given-up', {
      spec: { maxJobCreationAttempts: 2, jobFailureExpirationTime: '1h' },
      template: { flinkConfiguration: { 'restart-strategy.type': 'none' } },
    });
    await counter.reaches('RUNNING');
    arena.watchState(counter);
    const { count } = await counter.checkpointed();
    const job = await counter.jobId();
    await loseTaskManager(job);
    const next = await replaced(counter, job);
    expect((await counter.counted()).restored).toBeGreaterThanOrEqual(count);
    await loseTaskManager(next);
    await counter.reaches('FAILED');
    expect(await objectsOf(counter)).toEqual([]);
    await counter.become('CANCELLED');
  });
});

describe('what fails is tried again, up to its limit', () => {
  test('savepoints: at the limit FAILED with the job running, below it all goes on (M06, M15, M20, M30)', async () => {
    const counter = await arena.counter('unsaved', { spec: { maxSavepointCreationAttempts: 2 } });
    await counter.reaches('RUNNING');
    arena.watchState(counter);
    const job = await counter.jobId();
    const failed = 'RECOVERABLE_FAILURE_WHILE_TRIGGERING_A_SAVEPOINT';
    const admit = await blockSavepoints(counter);
    await counter.patch({ state: 'SUSPENDED' });
    await counter.reaches('FAILED');
    const told = await counter.eventNames();
    expect(told.filter((name) => name === failed)).toHaveLength(1);
    expect(told.at(-1)).toBe('TOO_MANY_FAILED_SUSPENSION_ATTEMPTS');
    await counter.become('RUNNING');
    const { count } = await counter.counted();
    await counter.counted(count);
    expect(await counter.jobId()).toBe(job);

    await counter.patch({ state: 'SUSPENDED' });
    await tells(counter, failed, 2);
    await admit();
    await counter.reaches('SUSPENDED');
    expect(await objectsOf(counter)).toEqual([]);
    await counter.become('RUNNING');
    expect((await counter.counted()).restored).toBeGreaterThanOrEqual(count);
    await counter.become('CANCELLED');
  });
});

describe('attempts to start are counted afresh once a job ran (M30, M31)', () => {
  let counter: CounterDeployment;
  const failed = 'FAILED_TO_CREATE_CLUSTER_FOR_JOB';

  test('a secret comes late: the last attempt succeeds', async () => {
    counter = await arena.counter('late', { spec: { maxJobCreationAttempts: 2 } });
    await counter.reaches('RUNNING');
    arena.watchState(counter);
    const { jobManagerPodTemplate } = (await counter.get()).spec.template.spec.kubernetes;
    const [flink] = jobManagerPodTemplate.spec.containers;
    const env = [{ name: 'A', valueFrom: { secretKeyRef: { name: 'late', key: 'a' } } }];
    const needy = { spec: { containers: [{ ...flink, env }] } };
    await succeedsOnceThereIsASecret({ kubernetes: { jobManagerPodTemplate: needy } }, 1);
  });

  test('it comes late again: so it does', async () => {
    await succeedsOnceThereIsASecret({ parallelism: 2 }, 2);
    expect(await counter.jobs()).toHaveLength(5);
    await counter.become('CANCELLED');
  });

  /** Changes the template, and makes the secret after the first attempt. */
  async function succeedsOnceThereIsASecret(change: object, failures: number): Promise<void> {
    const { count } = await counter.counted();
    const job = await counter.jobId();
    await counter.patch({ template: { spec: change } });
    await tells(counter, failed, failures);
    await arena.kube.make('secrets', secret);
    await replaced(counter, job);
    expect((await counter.counted()).restored).toBeGreaterThanOrEqual(count);
    await arena.kube.unmake('secrets', 'late');
  }
});

const secret = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'late' },
  stringData: { a: 'b' },
};
