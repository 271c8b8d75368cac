import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CounterDeployment } from '../e2e/support/counter-deployment.ts';
import { until } from '../e2e/support/until.ts';
import { type Arena, openArena } from './support/arena.ts';
import { cutOff, isOurs, signal } from './support/node.ts';

let arena: Arena;
let counter: CounterDeployment;
beforeAll(async () => {
  arena = await openArena('sluice-faults', { SLUICE_CONDITION_UNREACHABLE_MS: '4000' });
  counter = await arena.counter('counter');
  await counter.reaches('RUNNING');
  arena.watchState(counter);
});
afterAll(async () => {
  expect(await arena.close()).toEqual([]);
});

const conditionOf = async (type: string): Promise<string> => {
  const { status } = await counter.get();
  const conditions: { type: string; status: string }[] = status.running?.conditions ?? [];
  return conditions.find((one) => one.type === type)?.status ?? 'none';
};

const jobManager = async () => {
  const jobId = await counter.jobId();
  const [pod] = await arena.kube.pods(
    `sluice.dev/job=${jobId},app.kubernetes.io/component=jobmanager`,
  );
  if (!pod) throw new Error('no JobManager');
  return pod;
};

describe.runIf(isOurs())('parts of Kubernetes fail', () => {
  test('the API server is killed in the middle of an upgrade, with the watch open: it ends right', async () => {
    const before = await counter.counted();
    await counter.patch({ template: { spec: { parallelism: 2 } } });
    await until(
      'the new cluster is being made',
      () => arena.kube.left(),
      (names) => names.filter((name) => name.endsWith('-jobmanager')).length === 2,
      { everyMs: 50 },
    );
    signal('kube-apiserver', 'KILL');
    await counter.reaches('RUNNING');
    expect((await counter.counted()).restored).toBeGreaterThanOrEqual(before.count);
  });

  test('it is killed while all is well: the job runs on, and the watch goes on after it', async () => {
    const job = await counter.jobId();
    const { count } = await counter.counted();
    signal('kube-apiserver', 'KILL');
    await counter.counted(count + 2_000);
    expect(await counter.jobId()).toBe(job);
    // Without the watch Sluice lists the pods at each look, and that is each second.
    const listed = async () => {
      const before = await arena.kube.podLists();
      await sleep(3_000);
      return (await arena.kube.podLists()) - before;
    };
    await until('nobody lists pods', listed, (lists) => lists === 0);
    await arena.kube.deletePod(await jobManager());
    await until(
      'the loss is seen, and another job runs',
      async () => (await counter.get()).status,
      ({ state, running }) => state === 'RUNNING' && running.jobId !== job,
    );
  });

  test('Flink cannot be reached: the condition says so, nothing else happens, and it heals (F34)', async () => {
    const job = await counter.jobId();
    const { count } = await counter.counted();
    const heal = cutOff((await jobManager()).status.podIP);
    try {
      await until(
        'it is ClusterUnreachable',
        () => conditionOf('ClusterUnreachable'),
        (is) => is === 'True',
      );
    } finally {
      heal();
    }
    await until(
      'it is reachable',
      () => conditionOf('ClusterUnreachable'),
      (is) => is === 'False',
    );
    await counter.counted(count);
    expect(await counter.jobId()).toBe(job);
  });

  test('the node is frozen and comes back: the job ran on all the time', async () => {
    const job = await counter.jobId();
    const { count } = await counter.counted();
    signal('kubelet', 'STOP');
    try {
      await until(
        'the node is not ready',
        () => arena.kube.nodeIsReady(),
        (ready) => !ready,
      );
      await counter.counted(count + 2_000);
      expect((await counter.get()).status.state).toBe('RUNNING');
    } finally {
      signal('kubelet', 'CONT');
    }
    await until(
      'the node is ready',
      () => arena.kube.nodeIsReady(),
      (ready) => ready,
    );
    await counter.counted(count + 4_000);
    expect(await counter.jobId()).toBe(job);
  });
});

describe('its namespace is deleted', () => {
  test('and made anew while Sluice is away: it waits for a person who says so, and goes on from its state (S1, S25)', async () => {
    const { count } = await counter.checkpointed();
    const before = await counter.jobs();
    const uid = await arena.kube.namespaceUid();
    await arena.sluice.kill();
    await arena.kube.removeNamespace();
    await arena.kube.makeNamespace();
    await arena.sluice.start();
    await until(
      'it is told what to do',
      () => counter.messages(),
      (messages) => messages.some((text) => text.includes(`sluice.dev/replaces=${uid}`)),
    );
    expect(await counter.jobs()).toHaveLength(before.length);
    await arena.kube.vouchFor(uid);
    expect((await counter.counted(count)).restored).toBeGreaterThanOrEqual(count);
  });

  test('while Sluice looks on: nothing is lost with it', async () => {
    const { count } = await counter.checkpointed();
    const uid = await arena.kube.namespaceUid();
    await arena.kube.removeNamespace();
    await until(
      'it is not said to run well',
      async () => [(await counter.get()).status.state, await conditionOf('ClusterUnreachable')],
      ([state, unreachable]) => state !== 'RUNNING' || unreachable === 'True',
    );
    await arena.kube.makeNamespace();
    await arena.kube.vouchFor(uid);
    await counter.patch({ state: 'CANCELLED' });
    await counter.reaches('CANCELLED');
    await counter.patch({ state: 'RUNNING' });
    await counter.reaches('RUNNING');
    expect((await counter.counted()).restored).toBeGreaterThanOrEqual(count);
    await counter.patch({ state: 'CANCELLED' });
    await counter.reaches('CANCELLED');
  });
});
