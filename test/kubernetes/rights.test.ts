import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CounterDeployment } from '../e2e/support/counter-deployment.ts';
import { until } from '../e2e/support/until.ts';
import { type Account, makeAccount } from './support/account.ts';
import { type Arena, openArena } from './support/arena.ts';

let account: Account;
let arena: Arena;
/** Runs, and is not changed. */
let bystander: CounterDeployment;
/** Is being changed while the rights go. */
let changed: CounterDeployment;
beforeAll(async () => {
  arena = await openArena('sluice-rights', async (kube) => {
    account = await makeAccount(kube);
    return { KUBECONFIG: account.kubeconfig, SLUICE_CONDITION_UNREACHABLE_MS: '4000' };
  });
  bystander = await arena.counter('bystander');
  changed = await arena.counter('changed');
  for (const one of [bystander, changed]) {
    await one.reaches('RUNNING');
    arena.watchState(one);
  }
});
afterAll(async () => {
  try {
    for (const one of [bystander, changed]) {
      await one.patch({ state: 'CANCELLED' });
      await one.reaches('CANCELLED');
    }
    expect(await arena.close()).toEqual([]);
  } finally {
    await account.close();
  }
});

/** Message of the bystander's condition, with its status. */
const reach = async (): Promise<string> => {
  const conditions: { type: string; status: string; message: string }[] =
    (await bystander.get()).status.running?.conditions ?? [];
  const one = conditions.find(({ type }) => type === 'ClusterUnreachable');
  return `${one?.status}: ${one?.message}`;
};

const isRefused = /is forbidden: User "system:serviceaccount:.*" cannot (get|list) resource/;

test('its rights are taken in the middle of an upgrade: it waits and says why, and goes on with them (S25)', async () => {
  const [job, before] = [await bystander.jobId(), await changed.counted()];
  const { count } = await bystander.counted();
  await changed.patch({ template: { spec: { parallelism: 2 } } });
  await until(
    'the new cluster is being made',
    () => arena.kube.left(),
    (names) => names.filter((name) => name.endsWith('-jobmanager')).length === 3,
    { everyMs: 50 },
  );
  await account.take();
  await changed.waitsFor(isRefused);
  await until('the condition says so', reach, (told) => /^True/.test(told) && isRefused.test(told));
  expect((await bystander.get()).status.state).toBe('RUNNING');
  await account.give();
  await changed.reaches('RUNNING');
  expect((await changed.counted()).restored).toBeGreaterThanOrEqual(before.count);
  await until('the condition is over', reach, (told) => /^False/.test(told));
  await bystander.counted(count);
  expect(await bystander.jobId()).toBe(job);
});

test('without rights nothing starts, which is said, and starts once they are given', async () => {
  await account.take();
  const late = await arena.counter('late');
  await late.waitsFor(isRefused);
  expect((await late.get()).status.state).toBe('TRANSITIONING');
  await account.give();
  await late.reaches('RUNNING');
  await late.patch({ state: 'CANCELLED' });
  await late.reaches('CANCELLED');
});
