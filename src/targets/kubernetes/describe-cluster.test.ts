import { describe, expect, test } from 'vitest';
import { observationOf } from './describe-cluster.ts';
import {
  jobManagerContainer,
  jobManagerUid,
  labelsOf,
  namesOf,
  taskManagersWanted,
} from './names.ts';
import { replies } from './replies.ts';
import { newCluster } from './testing/clusters.ts';
import { FakeApi } from './testing/fake-api.ts';

const spec = newCluster();
const { place } = new FakeApi();
const names = namesOf(spec);
const component = (name: string) => ({ 'app.kubernetes.io/component': name });

const podOf = (name: string, kind: string, phase = 'Running') =>
  replies.pod.parse({
    metadata: { name, uid: `uid of ${name}`, labels: { ...labelsOf(spec), ...component(kind) } },
    status: { phase },
  });
const jobManager = podOf(names.jobManager, 'jobmanager');
const taskManager = (number: number, phase?: string) =>
  podOf(`${names.taskManager}-${number}`, 'taskmanager', phase);
const rootOf = (uid?: string, wanted = '2') =>
  replies.configMap.parse({
    metadata: {
      name: names.root,
      uid: 'root',
      annotations: { [taskManagersWanted]: wanted, ...(uid && { [jobManagerUid]: uid }) },
    },
  });
const deployment = (more: object = {}, status: object = {}) =>
  replies.deployment.parse({
    metadata: { name: names.taskManager, uid: 'd', ...more },
    spec: { replicas: 2 },
    status,
  });
const see = (parts: Parameters<typeof observationOf>[2]) => observationOf(place, spec, parts);
const root = rootOf(jobManager.metadata.uid);
const said = (text: string) => expect.stringContaining(text);

test('a whole cluster runs, and heals by itself', () => {
  const pods = [jobManager, taskManager(1), taskManager(2)];
  expect(see({ root, pods, taskManagers: deployment() })).toEqual({
    kind: 'present',
    restUrl: `http://${names.service}.flink.svc:8081`,
    jobManager: 'running',
    taskManagersRunning: 2,
    taskManagersWanted: 2,
    healing: true,
  });
});

test('absent is said only with nothing at all (S25)', () => {
  expect(see({ pods: [] })).toMatchObject({ kind: 'absent' });
  expect(see({ root, pods: [] })).toMatchObject({ kind: 'present' });
  expect(see({ pods: [taskManager(1)] })).toMatchObject({ kind: 'present' });
  expect(see({ pods: [], taskManagers: deployment() })).toMatchObject({ kind: 'present' });
});

test.each([
  ['gone', [], 'is gone'],
  [
    'replaced by another of its name',
    [{ ...jobManager, metadata: { ...jobManager.metadata, uid: 'x' } }],
    'another pod',
  ],
  ['at its end', [podOf(names.jobManager, 'jobmanager', 'Failed')], 'ended'],
])('a JobManager that is %s has exited', (_, pods, words) => {
  const seen = see({ root, pods });
  expect(seen).toMatchObject({ jobManager: 'exited', trouble: expect.stringContaining(words) });
  expect(seen).not.toHaveProperty('restUrl');
});

describe('the container that ran the JobManager is noted', () => {
  const noted = {
    ...root,
    metadata: {
      ...root.metadata,
      annotations: {
        ...root.metadata.annotations,
        [jobManagerContainer]: 'containerd://1',
      },
    },
  };
  const inContainer = (containerID: string, state: object = { running: {} }) => ({
    ...jobManager,
    status: replies.pod.shape.status.parse({
      phase: 'Running',
      containerStatuses: [{ name: 'flink-main-container', containerID, restartCount: 1, state }],
    }),
  });

  test('another one in the same pod is an empty JobManager: the one that ran the job has exited', () => {
    const seen = see({ root: noted, pods: [inContainer('containerd://2')] });
    expect(seen).toMatchObject({ jobManager: 'exited', trouble: said('another container') });
    expect(seen).not.toHaveProperty('restUrl');
  });

  test('the same one runs on, however often it was tried to be made before', () => {
    const seen = see({ root: noted, pods: [inContainer('containerd://1')] });
    expect(seen).toMatchObject({ jobManager: 'running', restUrl: expect.any(String) });
  });

  test('one that is not told of is no other (S25)', () => {
    const waiting = { waiting: { reason: 'ContainerCreating' } };
    expect(see({ root: noted, pods: [inContainer('', waiting)] })).toMatchObject({
      jobManager: 'running',
    });
  });
});

test('a JobManager that was not made yet is told as such', () => {
  const trouble = 'its JobManager was not made yet';
  expect(see({ root: rootOf(), pods: [] })).toMatchObject({ trouble });
});

test('pods without a root still run', () => {
  expect(see({ pods: [jobManager] })).toMatchObject({
    jobManager: 'running',
    taskManagersWanted: 0,
  });
});

test('a TaskManager that ended is no trouble, and is not counted', () => {
  const pods = [jobManager, taskManager(1), taskManager(2, 'Failed')];
  const seen = see({ root, pods, taskManagers: deployment() });
  expect(seen).toMatchObject({ taskManagersRunning: 1, healing: true });
  expect(seen).not.toHaveProperty('trouble');
});

test('trouble of a container beside Flink is told, and the cluster runs', () => {
  const noImage = { waiting: { reason: 'ErrImagePull', message: 'no such image' } };
  const status = replies.pod.shape.status.parse({
    phase: 'Pending',
    containerStatuses: [
      { name: 'flink-main-container', state: { running: {} } },
      { name: 'logs', state: noImage },
    ],
  });
  const pods = [{ ...jobManager, status }, taskManager(1), { ...taskManager(2), status }];
  const seen = see({ root, pods, taskManagers: deployment() });
  expect(seen).toMatchObject({
    restUrl: expect.any(String),
    jobManager: 'running',
    taskManagersRunning: 2,
    beside: expect.stringContaining('container logs: ErrImagePull: no such image'),
  });
  expect(seen).not.toHaveProperty('trouble');
  expect(seen).not.toHaveProperty('pending');
});

test('a Deployment on its way out, or scaled down by hand, does not heal', () => {
  const pods = [jobManager];
  const doomed = deployment({ deletionTimestamp: '2026-01-01T00:00:00Z' });
  expect(see({ root, pods, taskManagers: doomed })).not.toHaveProperty('healing');
  const more = rootOf(jobManager.metadata.uid, '3');
  expect(see({ root: more, pods, taskManagers: deployment() })).not.toHaveProperty('healing');
});

test('refused pods are told only while TaskManagers are missing', () => {
  const message = 'exceeded quota: q';
  const conditions = [{ type: 'ReplicaFailure', status: 'True', message }];
  const taskManagers = deployment({}, { conditions });
  expect(see({ root, pods: [jobManager], taskManagers })).toMatchObject({ noRoom: true });
  const pods = [jobManager, taskManager(1), taskManager(2)];
  expect(see({ root, pods, taskManagers })).not.toHaveProperty('trouble');
});

test('an unreadable count of TaskManagers is none', () => {
  const odd = rootOf(jobManager.metadata.uid, 'many');
  expect(see({ root: odd, pods: [jobManager] })).toMatchObject({ taskManagersWanted: 0 });
});
