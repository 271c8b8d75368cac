import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CounterDeployment } from '../e2e/support/counter-deployment.ts';
import { until } from '../e2e/support/until.ts';
import { type Arena, openArena, openTruth } from './support/arena.ts';
import { FarServer } from './support/far.ts';
import { Kube } from './support/kube.ts';

/** Two API servers, as far as Sluice can tell, with a Deployment on each. */
let farKube: Kube;
let server: FarServer;
let arena: Arena;
let truth: Awaited<ReturnType<typeof openTruth>>;
let near: CounterDeployment;
let far: CounterDeployment;
beforeAll(async () => {
  farKube = await Kube.open('sluice-far');
  server = await FarServer.open(farKube.namespace);
  arena = await openArena('sluice-near', {
    KUBECONFIG: server.kubeconfig,
    SLUICE_CONDITION_UNREACHABLE_MS: '3000',
  });
  truth = await openTruth(farKube);
  await arena.sluice.ok('POST', '/deployment-targets', {
    metadata: { name: 'far' },
    spec: { kubernetes: { namespace: '', context: 'far' } },
  });
  near = await arena.counter('near');
  far = await arena.counter('far', { spec: { deploymentTargetName: 'far' } }, truth.truth);
});
afterAll(async () => {
  try {
    const seen = await arena.close();
    seen.push(...(await farKube.left()));
    expect(seen).toEqual([]);
  } finally {
    await truth.close();
    await server.close();
    await farKube.close();
  }
});

const conditionOf = async (counter: CounterDeployment, type: string): Promise<string> => {
  const { status } = await counter.get();
  const conditions: { type: string; status: string }[] = status.running?.conditions ?? [];
  return conditions.find((one) => one.type === type)?.status ?? 'none';
};

test('a target names an API server by a context, and an empty namespace is that of the context', async () => {
  await Promise.all([near.reaches('RUNNING'), far.reaches('RUNNING')]);
  arena.watchState(near);
  const { length } = await farKube.pods(`sluice.dev/deployment=${far.id}`);
  expect(length).toBe(2);
  await far.counted();
});

test('one API server is away: only its own Deployments wait, and nothing of them is taken for gone (S25)', async () => {
  const job = await far.jobId();
  const { count } = await far.counted();
  const heal = await server.cut();
  try {
    await far.patch({ template: { spec: { parallelism: 2 } } });
    await near.patch({ template: { spec: { parallelism: 2 } } });
    await until(
      'the near one was upgraded',
      () => near.jobs(),
      (jobs) => jobs.length === 2,
    );
    await near.reaches('RUNNING');
    await near.counted();
    expect((await far.get()).status.state).toBe('TRANSITIONING');
    await far.waitsFor(/does not answer|nobody listens/);
    // The job itself runs on.
    expect(await truth.truth.running(far.id)).toMatchObject([{ ref: { jobId: job } }]);
  } finally {
    await heal();
  }
  await far.reaches('RUNNING');
  expect((await far.counted(count)).restored).toBeGreaterThanOrEqual(count);
});

test('Sluice starts while it is away: the others are looked after all the same', async () => {
  await arena.sluice.kill();
  const heal = await server.cut();
  try {
    await arena.sluice.start();
    const { count } = await near.counted();
    await near.patch({ state: 'SUSPENDED' });
    await near.reaches('SUSPENDED');
    await near.patch({ state: 'RUNNING' });
    await near.reaches('RUNNING');
    expect((await near.counted()).restored).toBeGreaterThanOrEqual(count);
    await until(
      'the far one is not reachable',
      () => conditionOf(far, 'ClusterUnreachable'),
      (is) => is === 'True',
    );
  } finally {
    await heal();
  }
  for (const one of [near, far]) {
    await one.patch({ state: 'CANCELLED' });
    await one.reaches('CANCELLED');
  }
});
