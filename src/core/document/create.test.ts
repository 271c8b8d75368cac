import { expect, test } from 'vitest';
import {
  bodyWith,
  freshSettings,
  parsed,
  posted,
  readFixture,
  refusals,
} from '../../../test/fixtures/documents/read.ts';
import { isObject } from './json.ts';

test("the page's full example is accepted as it stands and answered fully expanded (M34)", () => {
  expect(posted(readFixture('deployment-full.yaml'))).toEqual({
    name: 'TopSpeedWindowing Example',
    labels: { env: 'testing' },
    spec: {
      state: 'RUNNING',
      deploymentTargetId: '57b4c290-73ad-11e7-8cf7-a6006ad3dba0',
      restoreStrategy: { kind: 'LATEST_SAVEPOINT', allowNonRestoredState: false },
      upgradeStrategy: { kind: 'STATELESS' },
      maxSavepointCreationAttempts: 4,
      maxJobCreationAttempts: 5,
      template: {
        metadata: { annotations: {} },
        spec: {
          artifact: {
            kind: 'JAR',
            flinkVersion: '1.6',
            jarUri:
              'http://artifacts.example.com/org/apache/flink/flink-examples-streaming_2.11/1.6.0/flink-examples-streaming_2.11-1.6.0-TopSpeedWindowing.jar',
            mainArgs: '--windowSize 10 --windowUnit minutes',
            entryClass: 'org.apache.flink.streaming.examples.windowing.TopSpeedWindowing',
            flinkImageRegistry: 'registry.example.com',
            flinkImageRepository: 'flink',
          },
          parallelism: 1,
          numberOfTaskManagers: 2,
          resources: {
            jobmanager: { cpu: 1, memory: '1g' },
            taskmanager: { cpu: 1, memory: '2g' },
          },
          flinkConfiguration: {
            'taskmanager.numberOfTaskSlots': '1',
            'state.savepoints.dir': 's3://flink/savepoints',
          },
          logging: {
            loggingProfile: 'default',
            log4jLoggers: { '': 'INFO', 'org.apache.flink.streaming.examples': 'DEBUG' },
          },
        },
      },
    },
  });
});

test('the minimal file is stored as its reply shows (M03, api.md 2.1)', () => {
  const reply = readFixture('deployment-minimal.reply.json');
  const { spec } = posted(readFixture('deployment-minimal.yaml'));
  expect({ spec }).toEqual({ spec: posted(reply).spec });
  const wire: unknown = JSON.parse(JSON.stringify(spec));
  expect(wire).toEqual(plainSpecOf(reply));
});

/** The reply's spec without the wrapping of its scalars: all its texts and numbers are what they look like. */
function plainSpecOf(reply: unknown): unknown {
  const unwrapped: unknown = JSON.parse(
    JSON.stringify(reply, (_key, value: unknown) =>
      isObject(value) && value.kind === 'source-scalar' ? value.value : value,
    ),
  );
  return isObject(unwrapped) ? unwrapped.spec : undefined;
}

test('without spec.state a Deployment is created CANCELLED (api.md 2.1)', () => {
  expect(posted(bodyWith()).spec.state).toBe('CANCELLED');
});

test('null in a POST is absent (api.md 1.8)', () => {
  const document = posted(
    parsed(`
      metadata: {name: a, labels: null, annotations: {x: null}}
      spec:
        state: null
        deploymentTargetId: null
        restoreStrategy: null
        template: {spec: {artifact: {jarUri: "https://example.com/a.jar", entryClass: null}, kubernetes: {pods: {securityContext: null}}}}`),
  );
  expect(document).toMatchObject({ name: 'a', spec: { state: 'CANCELLED' } });
  expect(document.labels).toBeUndefined();
  expect(document.annotations).toBeUndefined();
  expect(document.spec.template.spec.kubernetes).toEqual({ pods: {} });
});

test('own value over DeploymentDefaults over built-in; maps by key, lists replaced (api.md 2.6)', () => {
  const defaults = {
    state: 'running',
    deploymentTargetId: '57b4c290-73ad-11e7-8cf7-a6006ad3dba0',
    maxJobCreationAttempts: 9,
    template: {
      spec: {
        parallelism: 3,
        flinkConfiguration: { a: '1', b: '2' },
        artifact: { additionalDependencies: ['x', 'y'] },
      },
    },
  };
  const own = bodyWith(
    {
      flinkConfiguration: { b: '3' },
      artifact: { jarUri: 'https://example.com/a.jar', additionalDependencies: ['z'] },
    },
    { deploymentTargetName: 'mine' },
  );
  const { spec } = posted(own, { ...freshSettings, defaults });
  expect(spec).toMatchObject({
    state: 'RUNNING',
    maxJobCreationAttempts: 9,
    maxSavepointCreationAttempts: 4,
  });
  expect(spec.deploymentTargetName).toBe('mine');
  expect(spec.deploymentTargetId).toBeUndefined();
  expect(spec.template.spec).toMatchObject({
    parallelism: 3,
    numberOfTaskManagers: 3,
    flinkConfiguration: { a: '1', b: '3' },
    artifact: { additionalDependencies: ['z'] },
  });
});

test('without a target anywhere a document is refused (api.md 2.1)', () => {
  expect(refusals(bodyWith(), { ...freshSettings, defaults: {} })).toEqual([
    'spec.deploymentTargetName: is required (or deploymentTargetId): no target is named, nor by defaults (PUT takes them with ?applyDefaults=true only)',
  ]);
});

test.each([
  [{ parallelism: 5 }, 5],
  [{ parallelism: 5, flinkConfiguration: { 'taskmanager.numberOfTaskSlots': '2' } }, 3],
  [{ parallelism: 5, numberOfTaskManagers: 7 }, 7],
  [{}, 1],
])('task managers of %j: %i (api.md 2.1)', (template, wanted) => {
  expect(posted(bodyWith(template)).spec.template.spec.numberOfTaskManagers).toBe(wanted);
});

test('an inline logging template has no profile filled in beside it (api.md 4.4)', () => {
  const { logging } = posted(bodyWith({ logging: { log4j2ConfigurationTemplate: '<x/>' } })).spec
    .template.spec;
  expect(logging).toEqual({ log4j2ConfigurationTemplate: '<x/>', log4jLoggers: { '': 'INFO' } });
});

test('restoreStrategy NONE carries no flag (api.md 1.5)', () => {
  const given = { restoreStrategy: { kind: 'none', allowNonRestoredState: true } };
  expect(posted(bodyWith({}, given)).spec.restoreStrategy).toEqual({ kind: 'NONE' });
});

test('names are free text of up to 250 characters, slugs where strict (api.md 1.6, N13)', () => {
  const named = (name: unknown) => ({ ...bodyWith(), metadata: { name } });
  const strict = { ...freshSettings, strictNames: true };
  expect(posted(named('SELECT *\nFROM "t"; -- ✓')).name).toBe('SELECT *\nFROM "t"; -- ✓');
  expect(posted(named('😀'.repeat(250))).name).toHaveLength(500);
  expect(refusals(named('a'.repeat(251)))).toEqual([
    'metadata.name: must be at most 250 characters long',
  ]);
  expect(refusals(named('with-cr'))).toEqual([
    'metadata.name: must not be with-cr: choose another name',
  ]);
  expect(refusals(named(''))).toEqual(['metadata.name: must not be empty']);
  expect(refusals(named(undefined))).toEqual(['metadata.name: is required']);
  expect(refusals(named('My Job'), strict)[0]).toMatch(
    /^metadata.name: must be at most 63 lower-case/,
  );
  expect(refusals(named(`a${'-'.repeat(61)}b`), strict)).toEqual([]);
  expect(refusals(named('a'.repeat(64)), strict)).toHaveLength(1);
});

test.each(['.', '..'])('%j is no name: no path leads to it', (name) => {
  expect(refusals({ ...bodyWith(), metadata: { name } })).toEqual([
    'metadata.name: must not be "." or ".."',
  ]);
});
