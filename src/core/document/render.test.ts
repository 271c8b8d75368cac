import { expect, test } from 'vitest';
import { bodyWith, parsed, posted, readFixture } from '../../../test/fixtures/documents/read.ts';
import { clusterIdOf } from '../ids.ts';
import { renderJob } from './render.ts';
import type { Document } from './schema.ts';

const jobId = '0f3a1f5e-0000-5000-8000-000000000001';
const identity = {
  clusterId: clusterIdOf(jobId),
  jobId,
  deploymentId: '5f0c3a8e-6d1b-4c1e-9a55-0d6f2b7c4e10',
  deploymentName: 'Top {{jobId}} $&',
  namespace: 'default',
  target: 'local',
};
const { deploymentId, clusterId } = identity;

const rendered = ({ spec }: Document, storageUri = 'file:///data/storage/') =>
  renderJob({ spec, identity, storageUri });
const withConfiguration = (flinkConfiguration: object, storageUri?: string) =>
  rendered(posted(bodyWith({ flinkConfiguration })), storageUri);

test("the page's example becomes a cluster and a run of its own (M29)", () => {
  const { cluster, run, jarUri } = rendered(posted(readFixture('deployment-full.yaml')));
  expect(cluster).toMatchObject({
    clusterId,
    jobId,
    target: 'local',
    flinkVersion: '1.6',
    taskManagers: 2,
    resources: { taskmanager: { cpu: 1, memory: '2g' } },
    log4jLoggers: { '': 'INFO', 'org.apache.flink.streaming.examples': 'DEBUG' },
  });
  expect(cluster).not.toHaveProperty('deploymentName');
  expect(run).toEqual({
    entryClass: 'org.apache.flink.streaming.examples.windowing.TopSpeedWindowing',
    programArgs: ['--windowSize', '10', '--windowUnit', 'minutes'],
    parallelism: 1,
  });
  expect(jarUri).toMatch(/TopSpeedWindowing\.jar$/);
});

test('with storage, state goes to directories of this Deployment and Job (reliability.md 2.1, api.md 3.8)', () => {
  const { cluster, checkpointDirectory, savepointBase } = withConfiguration({});
  const checkpoints = `file:///data/storage/flink-checkpoints/${deploymentId}/${jobId}`;
  const savepoints = `file:///data/storage/flink-savepoints/namespaces/default/deployments/${deploymentId}`;
  expect([checkpointDirectory, savepointBase]).toEqual([checkpoints, savepoints]);
  expect(cluster.flinkConfiguration).toMatchObject({
    'execution.checkpointing.dir': checkpoints,
    'state.checkpoints.dir': checkpoints,
    'execution.checkpointing.savepoint-dir': savepoints,
    'state.savepoints.dir': savepoints,
  });
  expect(cluster.stateDirectories).toEqual([checkpoints, savepoints]);
  expect(cluster.flinkConfiguration).not.toHaveProperty(['high-availability.storageDir']);
});

test.each([
  ['state.checkpoints.dir', 'state.savepoints.dir'],
  ['execution.checkpointing.dir', 'execution.checkpointing.savepoint-dir'],
])(
  "the user's directories are the base, in either spelling: %s, %s",
  (checkpointKey, savepointKey) => {
    const { cluster, checkpointDirectory, savepointBase } = withConfiguration({
      [checkpointKey]: 's3://b/c/',
      [savepointKey]: 's3://b/s',
    });
    expect(checkpointDirectory).toBe(`s3://b/c/${deploymentId}/${jobId}`);
    expect(savepointBase).toBe(`s3://b/s/${deploymentId}`);
    expect(cluster.flinkConfiguration).toMatchObject({
      'execution.checkpointing.dir': checkpointDirectory,
      'state.checkpoints.dir': checkpointDirectory,
      'execution.checkpointing.savepoint-dir': savepointBase,
      'state.savepoints.dir': savepointBase,
    });
    expect(cluster.stateDirectories).toEqual([]);
  },
);

test('absolute paths are local directories', () => {
  const { cluster } = withConfiguration({
    'state.checkpoints.dir': '/c',
    'state.savepoints.dir': 'file:/s',
  });
  expect(cluster.stateDirectories).toEqual([
    `file:///c/${deploymentId}/${jobId}`,
    `file:///s/${deploymentId}`,
  ]);
});

test('without any directory there is none, and no key is made up (V12, V13)', () => {
  const { cluster, checkpointDirectory, savepointBase } = withConfiguration({}, '');
  expect([checkpointDirectory, savepointBase]).toEqual([undefined, undefined]);
  const keys = Object.keys(cluster.flinkConfiguration);
  expect(keys.filter((key) => /(?:[.-]d|D)ir$/.test(key))).toEqual([]);
});

test('with HA the Job has an HA store and id of its own (R32, reliability.md 2.1)', () => {
  const { cluster } = withConfiguration({
    'high-availability': 'zookeeper',
    'high-availability.storageDir': 'file:///ha',
  });
  expect(cluster.flinkConfiguration).toMatchObject({
    'high-availability.type': 'zookeeper',
    'high-availability.cluster-id': clusterId,
    'high-availability.storageDir': `file:///ha/${deploymentId}/${jobId}`,
  });
  expect(cluster.stateDirectories).toContain(`file:///ha/${deploymentId}/${jobId}`);
});

test.each(['vvp-kubernetes', 'kubernetes'])(
  "HA %s is Flink's Kubernetes HA, the raw value kept (api.md 4.2)",
  (type) => {
    const job = withConfiguration({ 'high-availability': type });
    expect(job.cluster.flinkConfiguration).toMatchObject({
      'high-availability.type': 'kubernetes',
      'high-availability': 'kubernetes',
      'high-availability.storageDir': `file:///data/storage/flink-ha/${deploymentId}/${jobId}`,
    });
    expect(job.jobSpec.userFlinkConfiguration).toEqual({ 'high-availability': type });
  },
);

test('HA NONE is no HA', () => {
  const keys = Object.keys(
    withConfiguration({ 'high-availability': 'none' }).cluster.flinkConfiguration,
  );
  expect(keys.filter((key) => key.startsWith('high-availability.'))).toEqual([]);
});

test('names are filled in once, secrets and unknown names left alone (api.md 4.2, 4.3)', () => {
  const { cluster, jobSpec } = withConfiguration({
    a: '{{namespace}}/{{ deploymentId }}/{{jobId}}',
    b: '{{deploymentName}}',
    c: '$' + '{PASSWORD}{{other}}{{constructor}}',
  });
  expect(cluster.flinkConfiguration).toMatchObject({
    a: `default/${deploymentId}/${jobId}`,
    b: 'Top {{jobId}} $&',
    c: '$' + '{PASSWORD}{{other}}{{constructor}}',
  });
  expect(jobSpec.userFlinkConfiguration).toMatchObject({ b: '{{deploymentName}}' });
});

test('a Job is rendered with the keys its steps rely on (reliability.md 3.1)', () => {
  expect(withConfiguration({}).cluster.flinkConfiguration).toMatchObject({
    'web.cancel.enable': 'false',
    'jobstore.expiration-time': '604800',
    'completed-application-store.expiration-time': '7 d',
    'rest.async.store-duration': '7 d',
    'execution.checkpointing.create-subdir': 'true',
    'state.checkpoints.create-subdir': 'true',
    'execution.checkpointing.externalized-checkpoint-retention': 'RETAIN_ON_CANCELLATION',
    'parallelism.default': '1',
    'taskmanager.numberOfTaskSlots': '1',
  });
});

test("the user's retention and slots stay, and the claim mode is shown as given; how long ends are kept does not", () => {
  const users = {
    'execution.checkpointing.externalized-checkpoint-retention': 'DELETE_ON_CANCELLATION',
    'taskmanager.numberOfTaskSlots': '4',
    'execution.savepoint-restore-mode': 'CLAIM',
    'parallelism.default': '3',
  };
  const configuration = withConfiguration({ ...users, 'jobstore.expiration-time': '1' }).cluster
    .flinkConfiguration;
  expect(configuration).toMatchObject({ ...users, 'jobstore.expiration-time': '604800' });
});

test('a job has a folder of its own for checkpoints, though the user wants none: only there it is looked for (S3)', () => {
  const users = { 'state.checkpoints.create-subdir': 'false' };
  expect(withConfiguration(users).cluster.flinkConfiguration).toMatchObject({
    'execution.checkpointing.create-subdir': 'true',
    'state.checkpoints.create-subdir': 'true',
  });
});

test('mainArgs become a list that no shell sees (N11)', () => {
  const mainArgs = `--sql "SELECT 'a b'" --path '$(rm -rf /)' \\; $\{HOME}`;
  const artifact = { jarUri: 'https://example.com/a.jar', mainArgs };
  expect(rendered(posted(bodyWith({ artifact }))).run.programArgs).toEqual([
    '--sql',
    "SELECT 'a b'",
    '--path',
    '$(rm -rf /)',
    ';',
    '$' + '{HOME}',
  ]);
});

test('Job.spec is the frozen template with both configurations (api.md 2.2)', () => {
  const document = posted(
    parsed(`
      metadata: {name: a}
      spec: {template: {spec: {artifact: {jarUri: "https://example.com/a.jar"}, parallelism: 2, kubernetes: {labels: {a: b}}}}}`),
  );
  const { jobSpec, cluster } = rendered(document);
  const template = document.spec.template.spec;
  const { flinkConfiguration, latestCheckpointFetchInterval: _, ...frozen } = template;
  expect(jobSpec).toEqual({
    ...frozen,
    flinkConfiguration: cluster.flinkConfiguration,
    userFlinkConfiguration: flinkConfiguration,
  });
});

test('the same input renders the same Job: a replay must not make another one (S23)', () => {
  const document = posted(readFixture('deployment-full.yaml'));
  expect(rendered(document)).toEqual(rendered(structuredClone(document)));
});
