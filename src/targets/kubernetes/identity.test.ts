import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ClusterTarget } from '../target.ts';
import { createKubernetesTargets, type KubernetesTargets } from './kubernetes-target.ts';
import { forever, newCluster } from './testing/clusters.ts';
import { type KubernetesServer, startKubernetesServer } from './testing/kubernetes-server.ts';

let server: KubernetesServer;
let targets: KubernetesTargets;
let target: ClusterTarget;
beforeEach(async () => {
  server = await startKubernetesServer();
  targets = createKubernetesTargets({
    connect: async () => server.connection,
    callTimeoutMs: 5_000,
    now: Date.now,
  });
  target = await targets.at({ namespace: 'flink' });
});
afterEach(async () => {
  await targets.close();
  await server.close();
});

const remade = (annotations = {}) =>
  server.makeNamespace({ name: 'flink', uid: 'the-second', annotations });
const unreachable = (message: string) => ({
  code: 'TARGET_UNREACHABLE',
  message: expect.stringContaining(message),
});

test('a namespace is told by its uid, in words that say where it is', async () => {
  expect(await target.holder(forever)).toMatchObject({
    id: 'the-first',
    place: `namespace flink of ${server.connection.server.origin}`,
  });
});

test('the API server is another by now: a cluster that is not there is unknown, and nothing is made or removed (S1, S25)', async () => {
  const cluster = newCluster();
  await target.holder(forever);
  await target.ensure(cluster, forever);
  remade();
  const other = newCluster();
  expect(await target.describe(other, forever)).toEqual({
    kind: 'unknown',
    why: expect.stringContaining('is the-second, and was the-first before'),
  });
  server.used.clear();
  await expect(target.ensure(other, forever)).rejects.toMatchObject(unreachable('the-second'));
  await expect(target.destroy(cluster, forever)).rejects.toMatchObject(unreachable('the-second'));
  expect([...server.used].filter((right) => /create|delete|patch/.test(right))).toEqual([]);
});

test('whoever asks again is told of the new one, and works with it', async () => {
  await target.holder(forever);
  remade();
  await expect(target.ensure(newCluster(), forever)).rejects.toMatchObject(unreachable('second'));
  expect(await target.holder(forever)).toMatchObject({ id: 'the-second' });
  expect(await target.ensure(newCluster(), forever)).toMatchObject({ kind: 'present' });
});

test('what is stored for good is read at once, though another was known: a namespace made anew holds what is new', async () => {
  await target.holder(forever);
  remade();
  expect(await target.holder(forever)).toMatchObject({ id: 'the-first' });
  expect(await target.holder(forever, { afresh: true })).toMatchObject({ id: 'the-second' });
  expect(await target.ensure(newCluster(), forever)).toMatchObject({ kind: 'present' });
});

test('what others were told since says nothing of what was asked before (S1)', async () => {
  const cluster = newCluster();
  await target.holder(forever);
  await target.ensure(cluster, forever);
  remade();
  const other = await targets.at({ namespace: 'flink' });
  await expect(other.ensure(cluster, forever)).rejects.toMatchObject({
    code: 'TARGET_UNREACHABLE',
  });
  expect(await other.holder(forever)).toMatchObject({ id: 'the-second' });
  // By now the place itself knows the second one; whoever was told of the first is not concerned.
  await expect(target.destroy(cluster, forever)).rejects.toMatchObject(unreachable('the-second'));
  expect(await target.describe(newCluster(), forever)).toMatchObject({ kind: 'unknown' });
  await expect(target.ensure(cluster, forever)).rejects.toMatchObject(unreachable('the-second'));
});

test('a person vouches for the end of one by an annotation of the other, which is read when it counts', async () => {
  remade();
  const here = await target.holder(forever);
  expect(here?.vouchBy?.('the-first')).toContain(
    'kubectl annotate namespace flink --overwrite sluice.dev/replaces=the-first',
  );
  expect(await here?.standsFor?.('the-first', forever)).toBe(false);
  remade({ 'sluice.dev/replaces': 'an-older-one, the-first' });
  expect(await here?.standsFor?.('the-first', forever)).toBe(true);
  expect(await here?.standsFor?.('first', forever)).toBe(false);
});

test('a namespace that was seen and may not be read by now is unknown, and no refusal of a start (S25)', async () => {
  const { id } = (await target.holder(forever)) ?? {};
  const right = 'get namespaces';
  server.refuse(right, { status: 403, message: 'namespaces "flink" is forbidden' });
  const told = unreachable('namespaces "flink" is forbidden');
  await expect(target.holder(forever, { afresh: true })).rejects.toMatchObject(told);
  server.refuse(right);
  expect(await target.holder(forever, { afresh: true })).toMatchObject({ id });
});

test('a word that was given is remembered, and one that cannot be read now is no refusal of it', async () => {
  remade({ 'sluice.dev/replaces': 'the-first' });
  const here = await target.holder(forever);
  expect(await here?.standsFor?.('the-first', forever)).toBe(true);
  server.refuse('get namespaces', { status: 403, message: 'forbidden' });
  expect(await here?.standsFor?.('the-first', forever)).toBe(true);
  await expect(here?.standsFor?.('another', forever)).rejects.toMatchObject(
    unreachable('forbidden'),
  );
});

test('a namespace that is not there is refused in the words of Kubernetes, and nothing is concluded of it', async () => {
  server.makeNamespace(undefined);
  expect(await target.holder(forever)).toBeUndefined();
  const notFound = 'namespaces "flink" not found';
  const refused = { code: 'CLUSTER_START_FAILED', message: expect.stringContaining(notFound) };
  await expect(target.ensure(newCluster(), forever)).rejects.toMatchObject(refused);
  const why = expect.stringContaining(notFound);
  expect(await target.describe(newCluster(), forever)).toEqual({ kind: 'unknown', why });
  await expect(target.destroy(newCluster(), forever)).rejects.toMatchObject(unreachable(notFound));
});

test('what hides a namespace that was seen before is no outcome: it may be given back (S25)', async () => {
  await target.holder(forever);
  for (const hide of [
    () => server.refuse('get namespaces', { status: 403, message: 'forbidden' }),
    () => server.makeNamespace(undefined),
  ]) {
    hide();
    await expect(target.ensure(newCluster(), forever)).rejects.toMatchObject({
      code: 'TARGET_UNREACHABLE',
    });
    server.refuse('get namespaces');
  }
});

test('a right that was never had is refused in the words of Kubernetes', async () => {
  server.refuse('get namespaces', { status: 403, message: 'cannot get namespaces' });
  expect(await target.holder(forever)).toBeUndefined();
  await expect(target.ensure(newCluster(), forever)).rejects.toMatchObject({
    code: 'CLUSTER_START_FAILED',
    message: expect.stringContaining('cannot get namespaces'),
  });
});

test('it appears between the question and the call: nothing is made before it was told', async () => {
  server.makeNamespace(undefined);
  await target.holder(forever);
  remade();
  const late = unreachable('could not be told before');
  await expect(target.ensure(newCluster(), forever)).rejects.toMatchObject(late);
});
