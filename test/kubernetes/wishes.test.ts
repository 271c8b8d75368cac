import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { specVersionKey } from '../../api/views/annotations.ts';
import type { CounterDeployment } from '../e2e/support/counter-deployment.ts';
import { type Arena, openArena } from './support/arena.ts';

let arena: Arena;
let counter: CounterDeployment;
beforeAll(async () => {
  arena = await openArena('sluice-wishes');
  counter = await arena.counter('counter');
  await counter.reaches('RUNNING');
  arena.watchState(counter);
});
afterAll(async () => {
  expect(await arena.close()).toEqual([]);
});

const scale = (parallelism: number) => ({ template: { spec: { parallelism } } });

/** Counts the accepted changes of the spec. */
const specVersion = async (): Promise<number> =>
  Number((await counter.get()).metadata.annotations[specVersionKey]);

describe('what starts something, and what does not (M08, M14, M19)', () => {
  test('labels and names start nothing; an annotation does, and the answer says so', async () => {
    const job = await counter.jobId();
    const quiet = { labels: { team: 'a' }, displayName: 'shown' };
    expect((await counter.patchMetadata(quiet)).status.state).toBe('RUNNING');
    const { count } = await counter.checkpointed();
    expect(await counter.jobId()).toBe(job);
    const { length } = await counter.jobs();
    const annotations = { 'restarted-at': 'now' };
    expect((await counter.patchMetadata({ annotations })).status.state).toBe('TRANSITIONING');
    await counter.reaches('RUNNING');
    expect(await counter.jobId()).not.toBe(job);
    expect(await counter.jobs()).toHaveLength(length + 1);
    expect((await counter.counted()).restored).toBeGreaterThanOrEqual(count);
  });

  test('twelve changes at once: each is accepted, the latest is acted on, others are skipped (M09)', async () => {
    const known = (await counter.jobs()).length;
    const limits = Array.from({ length: 12 }, (_, n) => ({ maxJobCreationAttempts: n + 5 }));
    const version = await specVersion();
    await Promise.all(limits.map((limit) => counter.patch(limit)));
    expect(await specVersion()).toBe(version + 12);
    await counter.patch(scale(2));
    await counter.runsAt(2);
    // The first that came, and all others at once; the last change may come after that.
    expect((await counter.jobs()).length - known).toBeLessThanOrEqual(3);
  });

  test('one state after the other, without waiting: the last is reached, and nothing is lost (M09)', async () => {
    const { count } = await counter.checkpointed();
    for (const state of ['SUSPENDED', 'RUNNING', 'CANCELLED', 'RUNNING', 'SUSPENDED'])
      await counter.patch({ state });
    await counter.reaches('SUSPENDED');
    expect(await arena.kube.left()).toEqual([]);
    await counter.become('RUNNING');
    expect((await counter.counted()).restored).toBeGreaterThanOrEqual(count);
  });
});

test('it is deleted when nothing of it runs, with its Jobs, Savepoints and Events (M01)', async () => {
  const { sluice, kube } = arena;
  const path = '/api/v1/namespaces/default';
  const own = ['jobs', 'savepoints', 'events'].map((kind) => `/${kind}?deploymentId=${counter.id}`);
  for (const one of own) expect((await sluice.ok('GET', one)).items).not.toEqual([]);
  const { items } = await sluice.ok('GET', '/deployment-targets');
  const { namespace } = kube;
  expect(items).toContainEqual(expect.objectContaining({ spec: { kubernetes: { namespace } } }));
  expect((await sluice.call('DELETE', `${path}/deployments/counter`)).status).toBe(409);
  await counter.become('CANCELLED');
  await counter.remove();
  expect((await sluice.call('GET', `${path}/deployments/counter`)).status).toBe(404);
  for (const one of own) expect((await sluice.ok('GET', one)).items).toEqual([]);
  expect(await kube.left()).toEqual([]);
});
