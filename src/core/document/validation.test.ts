import { expect, test } from 'vitest';
import {
  bodyWith,
  freshSettings,
  parsed,
  posted,
  refusals,
} from '../../../test/fixtures/documents/read.ts';
import { normaliseBody, patchDocument } from './index.ts';

const configured = (flinkConfiguration: object) => bodyWith({ flinkConfiguration });
const inConfiguration = (key: string) => `spec.template.spec.flinkConfiguration.${key}`;

test('every bad field is named at once, with what is allowed there (api.md 1.9)', () => {
  const raw = parsed(`
    metadata: {labels: [a]}
    spec:
      state: paused
      deploymentTargetId: nowhere
      upgradeStrategy: {kind: SOMETIMES, startBeforeStop: maybe}
      restoreStrategy: 5
      maxJobCreationAttempts: 0
      maxSavepointCreationAttempts: 1.5
      jobFailureExpirationTime: soon
      template:
        metadata: {annotations: {a: {b: c}}}
        spec:
          artifact: {kind: PYTHON, mainArgs: "--a 'b", additionalDependencies: x}
          parallelism: many
          numberOfTaskManagers: -1
          resources: {jobmanager: {cpu: 0, memory: 1}, taskmanager: {memory: lots}}
          flinkConfiguration: {state: {savepoints: {dir: x}}, "": a, rest.port: 1}
          logging: {loggingProfile: loud, log4jLoggers: {"a b": INFO, c: SHOUT}}
          latestCheckpointFetchInterval: 3000000000`);
  expect(refusals(raw).toSorted()).toEqual(
    [
      'metadata.labels: must be a map',
      'metadata.name: is required',
      'spec.state: must be one of RUNNING, CANCELLED, SUSPENDED',
      'spec.deploymentTargetId: must be the UUID of a DeploymentTarget',
      'spec.upgradeStrategy.kind: must be one of STATEFUL, STATELESS, NONE',
      'spec.upgradeStrategy.startBeforeStop: must be true or false',
      'spec.restoreStrategy: must be an object',
      'spec.maxJobCreationAttempts: must be at least 1',
      'spec.maxSavepointCreationAttempts: must be a whole number',
      'spec.jobFailureExpirationTime: must be a duration above zero: PT10M, 600s, 10m or 1h',
      'spec.template.metadata.annotations.a: must be a text',
      'spec.template.spec.artifact.kind: must be JAR; SQLSCRIPT and PYTHON are not supported yet',
      'spec.template.spec.artifact.jarUri: is required',
      "spec.template.spec.artifact.mainArgs: has a ' at position 5 that is never closed",
      'spec.template.spec.artifact.additionalDependencies: must be a list',
      'spec.template.spec.parallelism: must be a whole number',
      'spec.template.spec.numberOfTaskManagers: must be at least 1',
      'spec.template.spec.resources.jobmanager.cpu: must be above 0',
      'spec.template.spec.resources.jobmanager.memory: must be an amount of memory above zero with its unit: 1g, 1.5g, 1024m',
      'spec.template.spec.resources.taskmanager.memory: must be an amount of memory above zero with its unit: 1g, 1.5g, 1024m',
      `${inConfiguration('state')}: must be a text: write nested keys in one, joined by dots (a.b: value)`,
      `${inConfiguration('')}: is not a configuration key: remove blanks, ":" and quotes`,
      `${inConfiguration('rest.port')}: cannot be given: addresses and ports are set by the target; remove it`,
      'spec.template.spec.logging.loggingProfile: must be one of default, quiet',
      'spec.template.spec.logging.log4jLoggers.a b: is not the name of a logger: letters, digits, ".", "_", "$" and "-" only',
      'spec.template.spec.logging.log4jLoggers.c: must be one of OFF, FATAL, ERROR, WARN, INFO, DEBUG, TRACE, ALL',
      'spec.template.spec.latestCheckpointFetchInterval: must be at most 2147483647',
    ].toSorted(),
  );
});

test('a body without anything names what is required and no more', () => {
  expect(refusals({})).toEqual(['metadata.name: is required', 'spec.template: is required']);
  expect(
    refusals({ metadata: { name: 'a' }, spec: { template: { spec: { artifact: {} } } } }),
  ).toEqual(['spec.template.spec.artifact.jarUri: is required']);
});

test.each([
  'high-availability.cluster-id',
  'high-availability.zookeeper.path.namespace',
  'kubernetes.cluster-id',
  'kubernetes.namespace',
  'kubernetes.pod-template-file',
  '$internal.pipeline.job-id',
  'execution.savepoint.path',
  'execution.state-recovery.path',
  'execution.savepoint.ignore-unclaimed-state',
  'web.submit.enable',
  'jobmanager.web.submit.enable',
  'web.cancel.enable',
  'web.upload.dir',
  'env.java.opts',
  'env.java.opts.all',
  'env.java.opts.taskmanager',
  'env.java.home',
  'rest.address',
  'rest.bind-address',
  'web.port',
  'jobmanager.rpc.port',
  'jobmanager.bind-host',
  'taskmanager.host',
  'taskmanager.data.port',
  'blob.server.port',
  'metrics.internal.query-service.port',
  'io.tmp.dirs',
  'taskmanager.tmp.dirs',
  'sluice.cluster-id',
])('%s is reserved (V08, N12)', (key) => {
  expect(refusals(configured({ [key]: 'x' }))).toEqual([
    expect.stringMatching(
      new RegExp(
        `^${inConfiguration(key).replaceAll(/[$.]/g, '\\$&')}: .*(cannot be given|is set by Sluice)`,
      ),
    ),
  ]);
});

test.each([
  'execution.checkpointing.interval',
  'restart-strategy.fixed-delay.attempts',
  'high-availability',
  'high-availability.type',
  'metrics.reporter.my_reporter.factory.class',
  'execution.savepoint-restore-mode',
  'web.refresh-interval',
  'rest.async.store-duration',
  'fs.s3a.bucket.my-bucket.endpoint',
])("%s is the user's own", (key) => {
  expect(refusals(configured({ [key]: 'x' }))).toEqual([]);
});

test.each([' a', 'a b', 'a: b', 'a\nrest.port', 'a"b', "a'b", '#a', '{a}', '-a'])(
  'the key %j could break out of its line and is refused (N12, N14)',
  (key) => {
    expect(refusals(configured({ [key]: 'x' }))).toHaveLength(1);
  },
);

test.each(['', ' ', '0', '-1', '1.5', 'two'])('%j slots are refused', (value) => {
  expect(refusals(configured({ 'taskmanager.numberOfTaskSlots': value }))).toHaveLength(1);
});

test.each([
  '',
  'counter.jar',
  '/jobs/counter.jar',
  'ftp://example.com/a.jar',
  'gopher://example.com/a.jar',
  'jar:file:///a.jar!/b',
  'javascript:alert(1)',
  'http://good@evil/a.jar',
  'https://user:pass@example.com/a.jar',
  'http://example.com/a.jar\r\nHost: x',
])('jarUri %j is refused (N06, N07, V22)', (jarUri) => {
  expect(refusals(bodyWith({ artifact: { jarUri } }))).toEqual([
    expect.stringMatching(/^spec.template.spec.artifact.jarUri: must/),
  ]);
});

test.each([
  'http://example.com/a.jar',
  'HTTPS://example.com/a@b.jar',
  'file:///jobs/a.jar',
  'file:/jobs/a.jar',
  's3://bucket/a.jar',
  'wasbs://container@account.blob.core.windows.net/a.jar',
  '$' + '{BASE}/a.jar',
])('jarUri %s is accepted as far as its text goes (api.md 4.1)', (jarUri) => {
  expect(refusals(bodyWith({ artifact: { jarUri } }))).toEqual([]);
});

test('an empty value is refused: Flink would not start with it (api.md 7.2)', () => {
  expect(refusals(configured({ 'execution.checkpointing.interval': '' }))).toEqual([
    `${inConfiguration('execution.checkpointing.interval')}: must not be empty: remove the key to have its default`,
  ]);
});

test.each([
  's3://b/../c',
  'file:///a/..',
  'file:///a/%2e%2e/b',
  'file:///a/%2E./b',
  'file:///a/..%2fb',
  '/a/../b',
  '..',
  'relative/folder',
  'file:relative',
])('the state directory %s is refused (N09)', (directory) => {
  expect(refusals(configured({ 'state.savepoints.dir': directory }))).toHaveLength(1);
});

test.each([
  's3://b/a..b/c',
  'file:/a',
  'file:///a/...',
  '/a/b',
  'wasbs://c@d.e/f',
  's3://{{namespace}}',
])('the state directory %s is accepted', (directory) => {
  expect(refusals(configured({ 'state.checkpoints.dir': directory }))).toEqual([]);
});

test('a name that leads out of a directory is refused where it is filled in (V08, N10)', () => {
  const raw = {
    ...configured({ 'state.savepoints.dir': 's3://b/{{deploymentName}}/s' }),
    metadata: { name: '../../other' },
  };
  expect(refusals(raw)).toEqual([
    `${inConfiguration('state.savepoints.dir')}: must not contain ".." as a part of the path once the name is filled in`,
  ]);
});

test('where an administrator has set prefixes, state directories lie under them (V08)', () => {
  const settings = {
    ...freshSettings,
    stateDirectoryPrefixes: ['s3://team-a/', 'file:///data/state'],
  };
  const judged = (dir: string) =>
    refusals(configured({ 'high-availability.storageDir': dir }), settings).length;
  expect(
    ['s3://team-a/x', 'file:/data/state/x', '/data/state', 'S3://team-a/x'].map(judged),
  ).toEqual([0, 0, 0, 0]);
  expect(
    [
      's3://team-ab/x',
      'file:///data/statement',
      '/data',
      's3a://team-a/x',
      'file:////data/state/x',
    ].map(judged),
  ).toEqual([1, 1, 1, 1, 1]);
});

const artifactUris = { allowedDirectories: ['/srv/jars'], allowHttp: true };

test('an artifact that would never be fetched is refused with the document, in one text (N01, N06, N09)', () => {
  const settings = { ...freshSettings, artifactUris };
  const judged = (jarUri: string, additionalDependencies: string[] = []) =>
    refusals(bodyWith({ artifact: { jarUri, additionalDependencies } }), settings);
  const why =
    'cannot be fetched: it does not exist, cannot be read, or is not allowed; check it, or have its host or directory allowed';
  for (const uri of [
    'http://169.254.169.254/latest',
    'http://2130706433/a.jar',
    'file:///etc/passwd',
    'file:///srv/jars/../../etc/passwd',
    'file:///srv/jars/..%2f..%2fetc/passwd',
    'https://[::1]/a.jar',
  ])
    expect(judged(uri), uri).toEqual([`spec.template.spec.artifact.jarUri: ${why}`]);
  const fine = [
    'https://example.com/a',
    's3://bucket/a',
    'file:///srv/jars/a',
    `http://$${'{HOST}'}/a`,
  ];
  for (const uri of fine) expect(judged(uri), uri).toEqual([]);
  expect(judged('https://example.com/a', ['https://a/b', 'jar:c'])).toEqual([
    `spec.template.spec.artifact.additionalDependencies[1]: ${why}`,
  ]);
  expect(refusals(bodyWith({ artifact: { jarUri: 'file:///etc/passwd' } }))).toEqual([]);
});

test('rules that became narrower keep nobody from cancelling what is there (S26)', () => {
  const artifact = { jarUri: 'file:///old/a.jar' };
  const flinkConfiguration = { 'state.savepoints.dir': 'file:///old/s' };
  const document = posted(bodyWith({ artifact, flinkConfiguration }));
  const settings = { ...freshSettings, artifactUris, stateDirectoryPrefixes: ['s3://new'] };
  const patched = (raw: object) =>
    patchDocument(document, normaliseBody(raw, settings).body, settings);
  expect(patched({ spec: { state: 'CANCELLED' } })).toHaveProperty('document');
  expect(patched({ spec: { ...document.spec, state: 'CANCELLED' } })).toHaveProperty('document');
  const moved = (spec: object) => patched({ spec: { template: { spec } } });
  expect(moved({ artifact: { jarUri: 'file:///old/b.jar' } })).toMatchObject({
    problems: [{ field: 'spec.template.spec.artifact.jarUri' }],
  });
  expect(moved({ flinkConfiguration: { 'state.savepoints.dir': 'file:///old/t' } })).toMatchObject({
    problems: [{ field: inConfiguration('state.savepoints.dir') }],
  });
});

test.each(['a\u0000b', 'a\ud800'])(
  'a text no database keeps is refused wherever it stands: %j',
  (text) => {
    expect(refusals({ ...bodyWith(), metadata: { name: 'a', labels: { x: text } } })).toEqual([
      'metadata.labels.x: must not contain NUL characters or broken Unicode',
    ]);
    expect(refusals(bodyWith({ kubernetes: { pods: { [text]: 1 } } }))).toHaveLength(1);
  },
);

test('line breaks are ordinary characters of texts (N14)', () => {
  expect(
    posted({ ...bodyWith(), metadata: { name: 'a', annotations: { x: 'a\r\nb' } } }).annotations,
  ).toEqual({
    x: 'a\r\nb',
  });
});

test('pods and pod templates exclude each other, names in lists are given once (api.md 4.5, V27)', () => {
  const envVars = [{ name: 'A' }, { name: 'B' }, { name: 'A' }];
  expect(
    refusals(
      bodyWith({ kubernetes: { pods: { envVars }, taskManagerPodTemplate: {} } }),
    ).toSorted(),
  ).toEqual([
    'spec.template.spec.kubernetes.pods.envVars.2.name: repeats the name A: each may be given once',
    'spec.template.spec.kubernetes.taskManagerPodTemplate: cannot be combined with pods: keep one of the two',
  ]);
  expect(refusals(bodyWith({ kubernetes: { taskManagerPodTemplate: { spec: {} } } }))).toEqual([]);
});

test('problems never repeat a value: it may be a secret (S19)', () => {
  const raw = configured({
    'env.java.opts': '-Dkey=hunter2',
    'a b': 'hunter2',
    'io.tmp.dirs': 'hunter2',
  });
  expect(refusals(raw)).toHaveLength(3);
  expect(refusals(raw).join()).not.toContain('hunter2');
});
