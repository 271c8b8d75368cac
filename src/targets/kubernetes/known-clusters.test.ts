import { beforeEach, describe, expect, test } from 'vitest';
import { KnownClusters } from './known-clusters.ts';
import { clusterLabel, componentLabel, namesOf } from './names.ts';
import { replies } from './replies.ts';
import { newCluster } from './testing/clusters.ts';

const cluster = newCluster();
const { jobManager: name } = namesOf(cluster);
const podOf = (kind: string, uid: string, status: object = {}, metadata: object = {}) =>
  replies.pod.parse({
    metadata: {
      name: kind === 'jobmanager' ? name : uid,
      uid,
      labels: { [clusterLabel]: cluster.clusterId, [componentLabel]: kind },
      ...metadata,
    },
    status: { phase: 'Running', ...status },
  });
const workers = [podOf('taskmanager', 'tm1'), podOf('taskmanager', 'tm2')];
const well = {
  kind: 'present',
  restUrl: 'http://flink:8081',
  jobManager: 'running',
  taskManagersRunning: 2,
  taskManagersWanted: 2,
  healing: true,
} as const;
const inContainer = (containerID: string) => ({
  containerStatuses: [{ name: 'flink-main-container', containerID, state: { running: {} } }],
});
const jobManager = podOf('jobmanager', 'jm', inContainer('containerd://1'));
const doomed = { deletionTimestamp: '2026-01-01T00:00:00Z' };
const noSidecar = {
  containerStatuses: [{ name: 'logs', state: { waiting: { reason: 'ErrImagePull' } } }],
};

let known: KnownClusters;
beforeEach(() => {
  known = new KnownClusters();
  known.note(cluster, { pods: [jobManager, ...workers] }, well);
});

test('with the pods as they were, it is as it was', () => {
  expect(known.stillWell(cluster, [jobManager, ...workers])).toEqual(well);
});

test('more TaskManagers than wanted are counted, and well', () => {
  const pods = [jobManager, ...workers, podOf('taskmanager', 'tm3')];
  expect(known.stillWell(cluster, pods)).toEqual({ ...well, taskManagersRunning: 3 });
});

test('another TaskManager in the place of one that is gone is as good', () => {
  const pods = [jobManager, ...workers.slice(1), podOf('taskmanager', 'tm3')];
  expect(known.stillWell(cluster, pods)).toEqual(well);
});

describe('still well is never said (S25)', () => {
  test.each([
    ['without any pod', []],
    ['with its JobManager gone', workers],
    ['with a TaskManager gone', [jobManager, ...workers.slice(1)]],
    ['with another JobManager of its name', [podOf('jobmanager', 'jm2'), ...workers]],
    [
      'with another container in its pod',
      [podOf('jobmanager', 'jm', inContainer('containerd://2')), ...workers],
    ],
    [
      'with the JobManager at its end',
      [podOf('jobmanager', 'jm', { phase: 'Failed' }), ...workers],
    ],
    ['with the JobManager on its way out', [podOf('jobmanager', 'jm', {}, doomed), ...workers]],
    [
      'with a JobManager of another name',
      [podOf('jobmanager', 'jm', {}, { name: 'x' }), ...workers],
    ],
    ['with a node that is silent', [podOf('jobmanager', 'jm', { phase: 'Unknown' }), ...workers]],
    [
      'with a TaskManager that waits',
      [jobManager, podOf('taskmanager', 'tm1', { phase: 'Pending' }), ...workers.slice(1)],
    ],
    [
      'with a sidecar that cannot be pulled',
      [jobManager, podOf('taskmanager', 'tm1', noSidecar), ...workers.slice(1)],
    ],
  ])('%s', (_, pods) => {
    expect(known.stillWell(cluster, pods)).toBeUndefined();
  });

  test('of one that was never seen', () => {
    expect(new KnownClusters().stillWell(cluster, [jobManager, ...workers])).toBeUndefined();
  });

  test('once it was forgotten', () => {
    known.forget(cluster);
    expect(known.stillWell(cluster, [jobManager, ...workers])).toBeUndefined();
  });

  test.each([
    ['in trouble', { ...well, trouble: 'x' }],
    ['waiting', { ...well, pending: 'x' }],
    ['with trouble beside Flink', { ...well, beside: 'x' }],
    ['short of a TaskManager', { ...well, taskManagersRunning: 1 }],
    ['absent', { kind: 'absent', evidence: 'x' } as const],
    ['unknown', { kind: 'unknown', why: 'x' } as const],
  ])('once it was read as %s', (_, observation) => {
    known.note(cluster, { pods: [jobManager, ...workers] }, observation);
    expect(known.stillWell(cluster, [jobManager, ...workers])).toBeUndefined();
  });
});
