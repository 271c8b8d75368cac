import { afterAll, beforeAll, expect, test } from 'vitest';
import { FlinkTruth } from '../e2e/support/flink-truth.ts';
import { until } from '../e2e/support/until.ts';
import { type Arena, openArena } from './support/arena.ts';

let arena: Arena;
beforeAll(async () => {
  arena = await openArena('sluice-moves');
});
afterAll(async () => {
  expect(await arena.close()).toEqual([]);
});

test('it moves from Kubernetes to local processes and back, with its state (M33)', async () => {
  const counter = await arena.counter('moving');
  await counter.reaches('RUNNING');
  // Flink in pods makes the folder of its savepoints first: what local processes make as root is closed to it.
  await counter.takeSavepoint();
  const before = await counter.counted();
  const local = await FlinkTruth.of(arena.sluice.dataDirectory);
  await counter.patch({ deploymentTargetName: 'local' });
  await counter.reaches('RUNNING');
  const there = await until(
    'it counts on local processes',
    async () => await local.count(await counter.jobId()),
    (seen) => seen !== undefined && seen.count > seen.restored,
  );
  expect(there).toMatchObject({ gap: 0 });
  expect(there?.restored).toBeGreaterThanOrEqual(before.count);
  await until(
    'Kubernetes has nothing of it',
    () => arena.kube.left(),
    (left) => left.length === 0,
  );
  await counter.patch({ deploymentTargetName: 'kube' });
  await counter.reaches('RUNNING');
  const back = await counter.counted();
  expect(back.restored).toBeGreaterThanOrEqual(there?.count ?? 0);
  expect(back.gap).toBe(0);
  await until(
    'nothing of it runs locally',
    () => local.clusters(),
    (left) => left.length === 0,
  );
  await local.close();
  await counter.become('CANCELLED');
});
