import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { flinkVersions } from '../../src/setup/versions.ts';
import type { CounterDeployment } from '../e2e/support/counter-deployment.ts';
import { until } from '../e2e/support/until.ts';
import { type Arena, openArena } from './support/arena.ts';
import { soon } from './support/kube.ts';

let arena: Arena;
let counter: CounterDeployment;
beforeAll(async () => {
  arena = await openArena('sluice-life');
});
afterAll(async () => {
  expect(await arena.close()).toEqual([]);
});

const podOf = async (component: string) => {
  const jobId = await counter.jobId();
  const selector = `app.kubernetes.io/component=${component},sluice.dev/job=${jobId}`;
  const [pod] = await arena.kube.pods(selector);
  if (!pod) throw new Error(`no ${component} of ${jobId}`);
  return pod;
};

describe.each(flinkVersions)('a Deployment lives on Kubernetes, with Flink %s', (version) => {
  test('it is created and runs (M04, M10, M33)', async () => {
    const flinkVersion = /^\d+\.\d+/.exec(version)?.[0] ?? '';
    counter = await arena.counter(`life-${version}`, { flinkVersion });
    await counter.reaches('RUNNING');
    const [running] = await arena.truth.running(counter.id);
    const told = await running?.endpoint.overview(soon());
    expect(told).toMatchObject({ flinkVersion: version });
    arena.watchState(counter);
    await counter.counted();
  });

  test('a stateful upgrade starts the new cluster before the old job stops, and counts on (M17)', async () => {
    const [job, before] = [await counter.jobId(), await counter.counted()];
    await counter.patch({ template: { spec: { parallelism: 2 } } });
    await until(
      'the new cluster is up while the old job runs',
      () => arena.truth.running(counter.id),
      (all) =>
        all.length === 2 && all.some(({ ref, live }) => ref.jobId === job && live.length > 0),
      { everyMs: 100 },
    );
    await counter.reaches('RUNNING');
    const after = await counter.counted(before.count);
    expect(after.restored).toBeGreaterThanOrEqual(before.count);
    expect(after.gap).toBe(0);
  });

  test('its JobManager is deleted: it recovers from its latest checkpoint (M22, M32)', async () => {
    const { count } = await counter.counted();
    const old = await counter.jobId();
    await arena.kube.deletePod(await podOf('jobmanager'));
    await until(
      'another job runs',
      async () => (await counter.get()).status,
      ({ state, running }) => state === 'RUNNING' && running.jobId !== old,
    );
    const after = await counter.counted(count);
    expect(after.gap).toBe(0);
  });

  test('a TaskManager is deleted: Kubernetes makes another, and the same job goes on', async () => {
    const job = await counter.jobId();
    const { count } = await counter.checkpointed();
    await arena.kube.deletePod(await podOf('taskmanager'));
    // What was counted before it was lost may still be told for a while.
    const after = await until(
      'it counts on from its checkpoint',
      () => counter.counted(count),
      ({ restored }) => restored >= count,
    );
    expect(after.gap).toBe(0);
    expect(await counter.jobId()).toBe(job);
  });

  test('it is suspended, and nothing of it is left; it is resumed from its savepoint (M07, M12, M23)', async () => {
    const { count } = await counter.counted();
    await counter.patch({ state: 'SUSPENDED' });
    await counter.reaches('SUSPENDED');
    expect(await arena.kube.left()).toEqual([]);
    await counter.patch({ state: 'RUNNING' });
    await counter.reaches('RUNNING');
    const after = await counter.counted();
    expect(after.restored).toBeGreaterThanOrEqual(count);
  });

  test('it is cancelled, and nothing of it is left (M07, M11)', async () => {
    await counter.patch({ state: 'CANCELLED' });
    await counter.reaches('CANCELLED');
    expect(await arena.kube.left()).toEqual([]);
  });
});
