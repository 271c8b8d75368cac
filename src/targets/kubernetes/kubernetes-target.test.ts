import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ClusterTarget } from '../target.ts';
import { createKubernetesTargets, type KubernetesTargets } from './kubernetes-target.ts';
import { forever, newCluster } from './testing/clusters.ts';
import { type KubernetesServer, startKubernetesServer } from './testing/kubernetes-server.ts';

const cluster = newCluster();
let server: KubernetesServer;
let targets: KubernetesTargets;
let target: ClusterTarget;
let told: [string, string | undefined][];
beforeEach(async () => {
  server = await startKubernetesServer();
  told = [];
  targets = createKubernetesTargets({
    connect: async () => server.connection,
    callTimeoutMs: 5_000,
    now: Date.now,
    tellWatch: (namespace, trouble) => told.push([namespace, trouble?.why]),
  });
  target = await targetIn('flink');
});
afterEach(async () => {
  await targets.close();
  await server.close();
});

async function targetIn(namespace: string): Promise<ClusterTarget> {
  const found = await targets.at({ namespace });
  await found.holder(forever);
  return found;
}

const forbidden = (right: string) => ({ status: 403, message: `cannot ${right}` });
const calls = {
  ensure: () => target.ensure(cluster, forever),
  destroy: () => target.destroy(cluster, forever),
  list: () => target.list(forever),
};

describe('what Kubernetes refuses to make is an outcome, in its own words', () => {
  test.each([
    ['for want of rights', 'cannot create pods', 'CLUSTER_START_FAILED'],
    ['by a policy', 'admission webhook "x" denied the request', 'CLUSTER_START_FAILED'],
    ['by a quota', 'pods "x" is forbidden: exceeded quota: q', 'NO_ROOM_ON_TARGET'],
  ])('%s', async (_, message, code) => {
    server.refuse('create pods', { status: 403, message });
    const refused = { code, message: `Kubernetes refuses the cluster: ${message}` };
    await expect(calls.ensure()).rejects.toMatchObject(refused);
  });
});

describe('what we may not see or remove is unknown (S25)', () => {
  test.each(['get configmaps', 'list pods', 'get deployments.apps'])(
    'a look without the right to %s',
    async (right) => {
      server.refuse(right, forbidden(right));
      const seen = await target.describe(cluster, forever);
      expect(seen).toEqual({ kind: 'unknown', why: `cannot ${right}` });
    },
  );

  test('and known once the right is given back', async () => {
    server.refuse('list pods', forbidden('list pods'));
    expect(await target.describe(cluster, forever)).toMatchObject({ kind: 'unknown' });
    server.refuse('list pods');
    expect(await target.describe(cluster, forever)).toMatchObject({ kind: 'absent' });
  });

  test.each<[keyof typeof calls, string]>([
    ['ensure', 'get configmaps'],
    ['ensure', 'list pods'],
    ['destroy', 'get configmaps'],
    ['destroy', 'delete configmaps'],
    ['destroy', 'list pods'],
    ['list', 'list configmaps'],
  ])('a %s without the right to %s', async (call, right) => {
    await target.ensure(cluster, forever);
    server.refuse(right, forbidden(right));
    await expect(calls[call]()).rejects.toMatchObject({
      code: 'TARGET_UNREACHABLE',
      retryable: true,
      message: `Kubernetes refuses it: cannot ${right}`,
    });
  });
});

describe('an API server that does not answer', () => {
  beforeEach(() => server.close());

  test('leaves a look without knowledge', async () => {
    const why = expect.stringContaining('Kubernetes does not answer');
    expect(await target.describe(cluster, forever)).toEqual({ kind: 'unknown', why });
  });

  test.each(Object.entries(calls))('is no outcome of %s', async (_, call) => {
    await expect(call()).rejects.toMatchObject({ code: 'TARGET_UNREACHABLE', retryable: true });
  });

  test('a look that is given up says so, not that it saw nothing', async () => {
    const reason = new Error('given up');
    await expect(target.describe(cluster, AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});

test('with TLS nothing is made where the proxy would be in between, and what runs there is looked after', async () => {
  const connect = async () => ({
    ...server.connection,
    isInside: false,
    close: async () => undefined,
  });
  const limits = { connect, callTimeoutMs: 5_000, now: Date.now };
  await target.ensure(cluster, forever);
  const secured = createKubernetesTargets({ ...limits, tls: { stores: 'tls', password: 'tls' } });
  const there = await secured.at({ namespace: 'flink', context: 'far' });
  await there.holder(forever);
  await expect(there.ensure(newCluster(), forever)).rejects.toMatchObject({
    code: 'CLUSTER_START_FAILED',
    message: expect.stringContaining('SLUICE_FLINK_TLS_SECRET'),
  });
  expect(await there.ensure(cluster, forever)).toMatchObject({ kind: 'present' });
  await there.destroy(cluster, forever);
  await secured.close();
});

test('no namespace means our own', async () => {
  const own = await targetIn('');
  await own.ensure(cluster, forever);
  expect(await (await targetIn('default')).list(forever)).toHaveLength(1);
  expect(await target.list(forever)).toEqual([]);
});

test('a watch that is refused is told with its namespace, and looks go on', async () => {
  server.refuse('list pods', forbidden('list pods'));
  const namespace = 'refused';
  const other = await targetIn(namespace);
  await expect.poll(() => told).toContainEqual([namespace, 'cannot list pods']);
  server.refuse('list pods');
  expect(await other.describe(cluster, forever)).toMatchObject({ kind: 'absent' });
});
