import { expect, test } from 'vitest';
import {
  bodyWith,
  documentOf,
  freshSettings,
  parsed,
  posted,
  readFixture,
  replyOf,
} from '../../../test/fixtures/documents/read.ts';
import { patchDocument } from './apply.ts';
import { compareDocuments } from './compare.ts';
import { normaliseBody } from './normalise.ts';
import type { Document } from './schema.ts';
import type { DocumentSettings } from './types.ts';

const patchResult = (current: Document, raw: unknown, settings: DocumentSettings = freshSettings) =>
  patchDocument(current, normaliseBody(raw, settings).body, settings);
const patched = (current: Document, raw: unknown, settings?: DocumentSettings) =>
  documentOf(patchResult(current, raw, settings));
const templateOf = (document: Document) => document.spec.template.spec;
const inTemplate = (spec: object) => ({ spec: { template: { spec } } });

const page = posted(readFixture('deployment-full.yaml'));
const minimal = posted(readFixture('deployment-minimal.yaml'));

test('a dotted key is removed by null and another set (api.md 1.5)', () => {
  const after = patched(page, readFixture('patch-remove-flink-key.json'));
  expect(templateOf(after).flinkConfiguration).toEqual({
    'state.savepoints.dir': 's3://flink/savepoints',
    'execution.checkpointing.interval': '10s',
  });
  expect(templateOf(page).flinkConfiguration).toHaveProperty(
    ['taskmanager.numberOfTaskSlots'],
    '1',
  );
});

test('a removed field has its built-in default, not that of the DeploymentDefaults (api.md 1.5)', () => {
  const settings = { ...freshSettings, defaults: { maxJobCreationAttempts: 9 } };
  const raw = {
    spec: {
      maxJobCreationAttempts: null,
      upgradeStrategy: null,
      template: { spec: { resources: null } },
    },
  };
  const after = patched(page, raw, settings);
  expect(after.spec).toMatchObject({
    maxJobCreationAttempts: 4,
    upgradeStrategy: { kind: 'STATEFUL' },
  });
  expect(templateOf(after).resources.taskmanager).toEqual({ cpu: 1, memory: '1g' });
});

test.each([
  [
    { spec: { template: { spec: { artifact: { jarUri: null } } } } },
    'spec.template.spec.artifact.jarUri',
  ],
  [{ spec: { template: null } }, 'spec.template'],
  [{ spec: { deploymentTargetName: null } }, 'spec.deploymentTargetName'],
  [{ spec: null }, 'spec.template'],
])('removing what is required is refused: %j (api.md 1.5)', (raw, field) => {
  const result = patchResult(minimal, raw);
  expect('problems' in result && result.problems.map((problem) => problem.field)).toContain(field);
});

test('spec.state absent or null keeps the desired state (api.md 1.5)', () => {
  expect(patched(minimal, { spec: { state: null, maxJobCreationAttempts: 1 } }).spec.state).toBe(
    'RUNNING',
  );
  expect(patched(minimal, { spec: { maxJobCreationAttempts: 1 } }).spec.state).toBe('RUNNING');
});

test('another name is refused, the same one and no one are not (V02, api.md 1.5)', () => {
  const problem = {
    field: 'metadata.name',
    message: expect.stringContaining('cannot be changed from "top-speed"'),
  };
  expect(patchResult(minimal, { metadata: { name: 'other' } })).toEqual({ problems: [problem] });
  expect(patchResult(minimal, { metadata: { name: null } })).toEqual({ problems: [problem] });
  expect(patched(minimal, { metadata: { name: 'top-speed' } })).toEqual(minimal);
});

test('a whole object once read changes nothing when it is sent back (api.md 1.5, S16)', () => {
  expect(patched(page, replyOf(page))).toEqual(page);
  expect(patched(minimal, replyOf(minimal))).toEqual(minimal);
});

test('labels and annotations merge by key and are absent when empty (api.md 1.7)', () => {
  const labelled = patched(page, {
    metadata: { labels: { env: null, tier: '1' }, annotations: { a: 'b' } },
  });
  expect([labelled.labels, labelled.annotations]).toEqual([{ tier: '1' }, { a: 'b' }]);
  const bare = patched(labelled, { metadata: { labels: { tier: null }, annotations: null } });
  expect(Object.keys(bare)).not.toContain('labels');
  expect(Object.keys(bare)).not.toContain('annotations');
});

test('naming one target form clears the other; both named stay for the server to compare (api.md 1.5)', () => {
  const deploymentTargetId = '57b4c290-73ad-11e7-8cf7-a6006ad3dba0';
  const byId = patched(minimal, { spec: { deploymentTargetId } });
  expect(byId.spec.deploymentTargetId).toBe(deploymentTargetId);
  expect(byId.spec.deploymentTargetName).toBeUndefined();
  expect(
    patched(byId, { spec: { deploymentTargetName: 'x' } }).spec.deploymentTargetId,
  ).toBeUndefined();
  const both = { deploymentTargetId, deploymentTargetName: 'x' };
  expect(patched(byId, { spec: both }).spec).toMatchObject(both);
});

test('restoreStrategy NONE drops the flag, coming back from it starts at false (api.md 1.5)', () => {
  const flagged = patched(minimal, { spec: { restoreStrategy: { allowNonRestoredState: true } } });
  expect(flagged.spec.restoreStrategy).toEqual({
    kind: 'LATEST_STATE',
    allowNonRestoredState: true,
  });
  const none = patched(flagged, { spec: { startFromSavepoint: { kind: 'NONE' } } });
  expect(none.spec.restoreStrategy).toEqual({ kind: 'NONE' });
  const back = patched(none, { spec: { restoreStrategy: { kind: 'LATEST_SAVEPOINT' } } });
  expect(back.spec.restoreStrategy).toEqual({
    kind: 'LATEST_SAVEPOINT',
    allowNonRestoredState: false,
  });
});

test('a logging template replaces the profile and the other way round (api.md 4.4)', () => {
  const inline = patched(minimal, inTemplate({ logging: { log4j2ConfigurationTemplate: '<x/>' } }));
  expect(templateOf(inline).logging.loggingProfile).toBeUndefined();
  const profiled = patched(inline, inTemplate({ logging: { loggingProfile: 'quiet' } }));
  expect(templateOf(profiled).logging).toEqual({
    loggingProfile: 'quiet',
    log4jLoggers: { '': 'INFO' },
  });
  const removed = patched(inline, inTemplate({ logging: { log4j2ConfigurationTemplate: null } }));
  expect(templateOf(removed).logging.loggingProfile).toBe('default');
});

test('task managers follow parallelism and slots until one chooses another number (api.md 2.1)', () => {
  const four = patched(minimal, inTemplate({ parallelism: 4 }));
  expect(templateOf(four).numberOfTaskManagers).toBe(4);
  const slots = patched(
    four,
    inTemplate({ flinkConfiguration: { 'taskmanager.numberOfTaskSlots': 2 } }),
  );
  expect(templateOf(slots).numberOfTaskManagers).toBe(2);
  const pinned = patched(slots, inTemplate({ numberOfTaskManagers: 5 }));
  expect(templateOf(patched(pinned, inTemplate({ parallelism: 8 }))).numberOfTaskManagers).toBe(5);
  expect(
    templateOf(patched(pinned, inTemplate({ numberOfTaskManagers: null }))).numberOfTaskManagers,
  ).toBe(2);
});

test('sending back what was derived does not pin it (api.md 2.1)', () => {
  const whole = { ...templateOf(minimal), parallelism: 4 };
  expect(templateOf(patched(minimal, inTemplate(whole))).numberOfTaskManagers).toBe(4);
});

test('the image tag follows the version until one chooses another (api.md 2.1)', () => {
  const tagOf = (document: Document) => templateOf(document).artifact.flinkImageTag;
  const newer = patched(minimal, inTemplate({ artifact: { flinkVersion: '2.3' } }));
  expect([tagOf(minimal), tagOf(newer)]).toEqual(['1.20.1-scala_2.12-java17', '2.3.0-java17']);
  const pinned = patched(minimal, inTemplate({ artifact: { flinkImageTag: 'mine' } }));
  expect(tagOf(patched(pinned, inTemplate({ artifact: { flinkVersion: '2.3' } })))).toBe('mine');
  const unknown = patched(newer, inTemplate({ artifact: { flinkVersion: '9.9' } }));
  expect(tagOf(unknown)).toBeUndefined();
});

test('what a newer server would fill in never reaches a stored document (S11, api.md 2.1)', () => {
  const bare = {
    ...freshSettings,
    flinkVersions: [{ version: '1.20', imageTag: '' }],
    flinkImageRegistry: '',
  };
  const stored = posted(bodyWith(), bare);
  expect(templateOf(stored).artifact).not.toHaveProperty('flinkImageRegistry');
  expect(patched(stored, {}, freshSettings)).toEqual(stored);
  expect(patched(stored, replyOf(stored), freshSettings)).toEqual(stored);
  const moved = { ...freshSettings, flinkVersions: [{ version: '1.20', imageTag: '1.20.9' }] };
  expect(
    patched(minimal, inTemplate({ parallelism: 2 }), moved).spec.template.spec.artifact,
  ).toEqual(templateOf(minimal).artifact);
});

test('lists are replaced (RFC 7386)', () => {
  const env = (...names: string[]) =>
    inTemplate({ kubernetes: { pods: { envVars: names.map((name) => ({ name, value: '1' })) } } });
  const after = patched(patched(minimal, env('A', 'B')), env('C'));
  expect(templateOf(after).kubernetes?.pods?.envVars).toEqual([{ name: 'C', value: '1' }]);
});

test('a value that fits no more is refused and the last document stays (reliability.md 6)', () => {
  const before = structuredClone(page);
  expect(patchResult(page, inTemplate({ flinkConfiguration: 'x', parallelism: [] }))).toEqual({
    problems: [
      { field: 'spec.template.spec.parallelism', message: 'must be a whole number' },
      { field: 'spec.template.spec.flinkConfiguration', message: 'must be a map' },
    ],
  });
  expect(page).toEqual(before);
});

test('a patch in YAML with 1.x spellings hits the same fields', () => {
  const after = patched(
    page,
    parsed('spec: {state: canceled, template: {spec: {resources: {jobManager: {memory: 3g}}}}}'),
  );
  expect(after.spec.state).toBe('CANCELLED');
  expect(templateOf(after).resources.jobmanager).toEqual({ cpu: 1, memory: '3g' });
  expect(compareDocuments(page, after, freshSettings).stateChanged).toBe(true);
});

test.each([{ pods: null }, { pods: {} }, {}, { pods: { labels: null } }])(
  'kubernetes options %j of a Deployment without any change nothing (api.md 1.5)',
  (kubernetes) => {
    const after = patched(minimal, inTemplate({ kubernetes }));
    expect(compareDocuments(minimal, after, freshSettings).changed).toBe(false);
  },
);
