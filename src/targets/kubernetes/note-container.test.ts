import { beforeEach, expect, test } from 'vitest';
import type { ClusterSpec } from '../../core/cluster.ts';
import type { WatchedPlace } from './context.ts';
import { describeCluster } from './describe-cluster.ts';
import { ensureCluster } from './ensure-cluster.ts';
import { KnownClusters } from './known-clusters.ts';
import { collectionsOf, jobManagerContainer, namesOf } from './names.ts';
import { PodEvents } from './pod-events.ts';
import { forever, newCluster } from './testing/clusters.ts';
import { FakeApi } from './testing/fake-api.ts';
import type { PodWatch } from './watch-pods.ts';

const { pods, configMaps } = collectionsOf('flink');

let api: FakeApi;
let spec: ClusterSpec;
beforeEach(async () => {
  api = new FakeApi();
  spec = newCluster();
  api.objects.set('/api/v1/namespaces/flink', { metadata: { name: 'flink', uid: 'ns' } });
  await ensureCluster(api.place, spec, forever);
});

const look = () => {
  const watch = { podsOf: () => undefined } as unknown as PodWatch;
  const known = new KnownClusters();
  const events = new PodEvents(api, 'flink', () => 0);
  const place: WatchedPlace = { ...api.place, watch, known, events };
  return describeCluster(place, spec, 'ns', forever);
};
const runs = (containerID: string) => {
  const status = { name: 'flink-main-container', containerID, state: { running: {} } };
  return api.merge(pods, namesOf(spec).jobManager, { status: { containerStatuses: [status] } });
};
const noted = () =>
  api.objects.get(`${configMaps}/${namesOf(spec).root}`)?.metadata.annotations?.[
    jobManagerContainer
  ];

test('once it runs it is noted, and another one in its pod is told from it for good', async () => {
  await runs('containerd://1');
  expect(await look()).toMatchObject({ jobManager: 'running', restUrl: expect.any(String) });
  expect(noted()).toBe('containerd://1');
  await runs('containerd://2');
  expect(await look()).toMatchObject({ jobManager: 'exited' });
  expect(noted()).toBe('containerd://1');
});

test('nobody is told its address before that: a job might run in one that nobody knows', async () => {
  await runs('containerd://1');
  api.calls = 0;
  api.failAt(5, 'before');
  await expect(look()).rejects.toMatchObject({ code: 'TARGET_UNREACHABLE' });
  api.at = () => undefined;
  expect(await look()).toMatchObject({ restUrl: expect.any(String) });
});

test('of two that look at once, one before the change and one after it, the later writes nothing', async () => {
  await runs('containerd://1');
  api.calls = 0;
  // After all was read: another worker looks, notes, and the container is replaced.
  api.at = async (call, moment) => {
    if (call !== 4 || moment !== 'before') return;
    api.at = () => undefined;
    await look();
    await runs('containerd://2');
  };
  await expect(look()).rejects.toMatchObject({ code: 'TARGET_UNREACHABLE' });
  expect(noted()).toBe('containerd://1');
  expect(await look()).toMatchObject({ jobManager: 'exited' });
});

test('one that is still being made is not noted', async () => {
  const status = { name: 'flink-main-container', state: { waiting: { reason: 'x' } } };
  const pending = { phase: 'Pending', containerStatuses: [status] };
  await api.merge(pods, namesOf(spec).jobManager, { status: pending });
  expect(await look()).toMatchObject({ jobManager: 'running', pending: expect.any(String) });
  expect(noted()).toBeUndefined();
});

test('nor is one of a pod that is none of ours', async () => {
  await runs('containerd://1');
  await api.merge(pods, namesOf(spec).jobManager, { metadata: { uid: 'another' } });
  expect(await look()).toMatchObject({ jobManager: 'exited' });
  expect(noted()).toBeUndefined();
});
