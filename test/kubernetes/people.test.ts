import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deploymentWorkflowId, queries, signals } from '../../workflows/messages.ts';
import type { CounterDeployment } from '../e2e/support/counter-deployment.ts';
import { until } from '../e2e/support/until.ts';
import { type Arena, openArena } from './support/arena.ts';
import { cutOff, isOurs } from './support/node.ts';

let arena: Arena;
let temporal: Connection;
let counter: CounterDeployment;
beforeAll(async () => {
  arena = await openArena('sluice-people');
  temporal = await Connection.connect({ address: await arena.sluice.temporalAddress() });
  counter = await arena.counter('counter');
  await counter.reaches('RUNNING');
  arena.watchState(counter);
});
afterAll(async () => {
  await counter.become('CANCELLED');
  await temporal.close();
  expect(await arena.close()).toEqual([]);
});

const workflowOf = ({ id }: CounterDeployment) =>
  new Client({ connection: temporal }).workflow.getHandle(deploymentWorkflowId('default', id));

describe('a person at the command line of Temporal (M35, M36)', () => {
  test('signals change what is wanted, and garbage breaks nothing', async () => {
    const { count } = await counter.checkpointed();
    const workflow = workflowOf(counter);
    const failures = async () =>
      (await counter.eventNames()).filter((name) => name === 'GENERAL_FAILURE').length;
    const before = await failures();
    for (const garbage of ['FLYING', { state: 7 }, null, 42])
      await workflow.signal(signals.setState, garbage);
    await workflow.signal(signals.patchSpec, { template: { spec: { parallelism: -1 } } });
    await workflow.signal(signals.patchSpec, { template: { spec: { parallelism: 2 } } });
    await counter.runsAt(2);
    expect(await failures()).toBe(before + 5);
    await workflow.signal(signals.triggerSavepoint);
    await until(
      'a savepoint was taken by hand',
      () => counter.savepoints(),
      (all) =>
        all.some(
          ({ metadata, status }: Savepoint) =>
            metadata.origin === 'USER_REQUEST' && status.state === 'COMPLETED',
        ),
    );
    await workflow.signal(signals.setState, 'SUSPENDED');
    await counter.reaches('SUSPENDED');
    await workflow.signal(signals.setState, 'RUNNING');
    await until(
      'it runs again',
      async () => (await counter.get()).status.state,
      (state) => state === 'RUNNING',
    );
    expect((await counter.counted()).restored).toBeGreaterThanOrEqual(count);
  });

  test.runIf(isOurs())(
    'a forced cancel of a Flink that is cut off keeps its checkpoint (M05)',
    async () => {
      const { count } = await counter.checkpointed();
      const jobId = await counter.jobId();
      const [pod] = await arena.kube.pods(
        `sluice.dev/job=${jobId},app.kubernetes.io/component=jobmanager`,
      );
      const heal = cutOff(pod?.status.podIP ?? '');
      try {
        await workflowOf(counter).signal(signals.forceCancel);
        await counter.reaches('CANCELLED');
        expect(await arena.kube.left()).toEqual([]);
      } finally {
        heal();
      }
      await counter.become('RUNNING');
      expect((await counter.counted()).restored).toBeGreaterThanOrEqual(count);
    },
  );

  test('why a start fails stands on the page of its workflow, and retry begins afresh', async () => {
    const artifact = { flinkImageRepository: 'no-such-flink' };
    const stuck = await arena.counter('stuck', {
      spec: { maxJobCreationAttempts: 2 },
      template: { artifact },
    });
    const told = await until(
      'it explains its second attempt',
      () => workflowOf(stuck).query<Told>(queries.explain),
      ({ attempt }) => attempt?.number === 2,
      { everyMs: 50 },
    );
    expect(told).toMatchObject({ status: 'TRANSITIONING', desired: 'RUNNING' });
    expect(told.attempt?.lastError).toMatch(/ErrImage|ImagePullBackOff/);
    await stuck.reaches('FAILED');
    const jobs = (await stuck.jobs()).length;
    await workflowOf(stuck).signal(signals.retry);
    await until(
      'it was tried twice more',
      () => stuck.jobs(),
      (all) => all.length === jobs + 2,
    );
    await stuck.become('CANCELLED');
    await stuck.remove();
  });
});

interface Told {
  attempt?: { number: number; lastError?: string };
}

interface Savepoint {
  metadata: { origin: string };
  status: { state: string };
}
