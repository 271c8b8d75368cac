import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Environment, loadConfig, settingsTable, unknownVariables } from './config.ts';
import { ValidationFailed } from './core/errors/index.ts';
import { defaultTransitionSettings } from './core/settings.ts';

const problemsOf = (env: Environment) => {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof ValidationFailed) return error.problems;
    throw error;
  }
  return [];
};

test('an empty environment gives the documented defaults (design.md 5, api.md 5)', () => {
  const config = loadConfig({});
  expect(config.listen).toEqual({ host: '127.0.0.1', port: 8080 });
  expect(config.dataDirectory).toBe(join(process.cwd(), '.sluice'));
  expect(config.storageUri).toBe(`file://${join(process.cwd(), '.sluice', 'storage')}`);
  expect(config.targets).toEqual(['local']);
  expect(config.temporal).toMatchObject({ address: undefined, namespace: 'default' });
  expect(config.transitions).toEqual(defaultTransitionSettings);
  expect(config.api).toEqual({
    reportedVersion: '2.6.1',
    enumLevel: '2.6',
    missingTarget: 'accept',
  });
  expect(config.documents).toMatchObject({ upgradeTrigger: 'spec', strictNames: false });
  expect(config.artifacts).toMatchObject({ maxUploadBytes: 52_428_800, listLimit: 1_000 });
});

test('a variable that is set but empty counts as not set', () => {
  expect(loadConfig({ SLUICE_LISTEN: '', DATABASE_URL: '', TEMPORAL_ADDRESS: '' })).toEqual(
    loadConfig({}),
  );
});

test.each([
  ['SLUICE_LISTEN', '[::1]:9000', { listen: { host: '::1', port: 9000 } }],
  [
    'TEMPORAL_ADDRESS',
    'temporal.internal:7233',
    { temporal: { address: 'temporal.internal:7233' } },
  ],
  ['TEMPORAL_ADDRESS', '[fd00::1]:7233', { temporal: { address: '[fd00::1]:7233' } }],
  ['SLUICE_NAMESPACES', 'team-a, team-b', { namespaces: ['default', 'team-a', 'team-b'] }],
  ['SLUICE_BLOB_STORAGE', 's3://bucket/sluice/', { storageUri: 's3://bucket/sluice' }],
  ['SLUICE_CONDITION_FAILING_MS', '5', { transitions: { conditions: { failingMs: 5 } } }],
  ['SLUICE_STATE_DIRS', 's3://state', { documents: { stateDirectoryPrefixes: ['s3://state'] } }],
  ['SLUICE_S3_PATH_STYLE', 'true', { s3: { pathStyle: true, hasRole: false } }],
  ['AWS_CONTAINER_CREDENTIALS_FULL_URI', 'http://169.254.170.23/v1', { s3: { hasRole: true } }],
  ['AWS_CONTAINER_CREDENTIALS_RELATIVE_URI', '/v2/credentials', { s3: { hasRole: true } }],
  ['AWS_WEB_IDENTITY_TOKEN_FILE', '/var/run/token', { s3: { hasRole: true } }],
  ['KUBECONFIG', '/etc/kubeconfig', { targets: ['local', 'kubernetes'] }],
  ['SLUICE_TARGETS', 'kubernetes', { targets: ['kubernetes'] }],
  ['SLUICE_STRICT_NAMES', 'true', { documents: { strictNames: true } }],
  [
    'SLUICE_FLINK_VERSIONS',
    '1.20=1.20.5-java17,2.3=2.3.0-java17',
    {
      documents: {
        flinkVersions: [
          { version: '1.20', imageTag: '1.20.5-java17' },
          { version: '2.3', imageTag: '2.3.0-java17' },
        ],
      },
    },
  ],
])('%s=%s takes effect', (name, value, expected) => {
  expect(loadConfig({ [name]: value })).toMatchObject(expected);
});

test.each([
  ['SLUICE_LISTEN', '8080', 'host:port'],
  ['SLUICE_LISTEN', '127.0.0.1:70000', 'host:port'],
  ['SLUICE_POLL_MS', '10s', 'whole number 1 to 2147483647, milliseconds'],
  ['SLUICE_POLL_MS', '0', 'whole number 1 to 2147483647, milliseconds'],
  ['SLUICE_STRICT_NAMES', 'yes', 'true or false'],
  ['SLUICE_ENUM_LEVEL', '3', '2.0 or 2.6'],
  ['SLUICE_ALLOWED_FILE_DIRS', 'jars', 'absolute paths, comma-separated'],
  ['SLUICE_TEMPORAL_PORT', '99999', '1 to 65535'],
  ['SLUICE_TARGETS', 'docker', 'local, kubernetes, or both, comma-separated'],
  ['SLUICE_TARGETS', ',', 'local, kubernetes, or both, comma-separated'],
  ['SLUICE_FLINK_VERSIONS', '1.20', 'version=tag, comma-separated'],
  ['SLUICE_BLOB_STORAGE', 'bucket', 'URI'],
  ['SLUICE_FLINK_TLS_SECRET', 'Flink_TLS', 'name of a Secret'],
  ['SLUICE_BLOB_STORAGE', 'file:///', 'URI'],
])('%s=%s is refused, naming variable, value and what is allowed', (name, value, allowed) => {
  expect(problemsOf({ [name]: value })).toEqual([
    { field: name, message: `is "${value}", but must be: ${allowed}` },
  ]);
});

test('every bad setting is named at once, and no secret is repeated (S19)', () => {
  const problems = problemsOf({
    SLUICE_LISTEN: 'nowhere',
    SLUICE_POLL_MS: '-1',
    DATABASE_URL: 'mysql://user:canary-123@host/db',
  });
  expect(problems.map(({ field }) => field).sort()).toEqual([
    'DATABASE_URL',
    'SLUICE_LISTEN',
    'SLUICE_POLL_MS',
  ]);
  expect(JSON.stringify(problems)).not.toContain('canary-123');
});

const tlsFiles = {
  SLUICE_FLINK_TLS_CA: 'ca.crt',
  SLUICE_FLINK_TLS_CERT: 'tls.crt',
  SLUICE_FLINK_TLS_KEY: '/k/tls.key',
};

test('mutual TLS to Flink: files alone are for clusters that want them, a Secret is for new ones', () => {
  const files = {
    ca: join(process.cwd(), 'ca.crt'),
    certificate: join(process.cwd(), 'tls.crt'),
    key: '/k/tls.key',
  };
  expect(loadConfig({}).flinkTls).toEqual({ files: undefined, secrets: undefined });
  expect(loadConfig(tlsFiles).flinkTls).toEqual({ files, secrets: undefined });
  const secret = { ...tlsFiles, SLUICE_FLINK_TLS_SECRET: 'flink-tls' };
  const secrets = { stores: 'flink-tls', password: 'flink-tls' };
  expect(loadConfig(secret).flinkTls).toEqual({ files, secrets });
  const apart = { ...secret, SLUICE_FLINK_TLS_PASSWORD_SECRET: 'other' };
  expect(loadConfig(apart).flinkTls.secrets).toEqual({ ...secrets, password: 'other' });
});

test.each([
  ['SLUICE_FLINK_TLS_CERT', 'SLUICE_FLINK_TLS_CA, SLUICE_FLINK_TLS_KEY'],
  ['SLUICE_FLINK_TLS_SECRET', 'SLUICE_FLINK_TLS_CA, SLUICE_FLINK_TLS_CERT, SLUICE_FLINK_TLS_KEY'],
  ['SLUICE_FLINK_TLS_PASSWORD_SECRET', 'SLUICE_FLINK_TLS_SECRET'],
])('%s alone is half a set, and the rest is named', (name, rest) => {
  expect(problemsOf({ [name]: 'x' })).toEqual([
    { field: name, message: `is set, and needs besides: ${rest}` },
  ]);
});

test('child processes do not see our secrets (S19)', () => {
  const secrets = {
    SLUICE_TOKEN: 'canary',
    TEMPORAL_API_KEY: 'canary',
    DATABASE_URL: 'postgres://canary',
  };
  expect(loadConfig({ ...secrets, HOME: '/home/x' }).childEnvironment).toEqual({ HOME: '/home/x' });
});

test('a misspelt setting of ours is noticed, anything else is not ours', () => {
  expect(unknownVariables({ SLUICE_LISTN: '1', SLUICE_LISTEN: '2', PATH: '3' })).toEqual([
    'SLUICE_LISTN',
  ]);
});

test('the table of settings says of each what it does and what is allowed', () => {
  const rows = settingsTable();
  expect(rows.length).toBeGreaterThan(40);
  for (const row of rows) {
    expect(row.description, row.name).toMatch(/\.$/);
    expect(row.allowed, row.name).not.toBe('');
  }
  expect(rows.find(({ name }) => name === 'SLUICE_POLL_MS')).toMatchObject({ default: '10000' });
});
