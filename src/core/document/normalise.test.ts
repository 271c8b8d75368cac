import { expect, test } from 'vitest';
import { freshSettings, parsed } from '../../../test/fixtures/documents/read.ts';
import { normaliseBody } from './normalise.ts';

const normalised = (yaml: string, specStatusAlias = false) =>
  normaliseBody(parsed(yaml), { ...freshSettings, specStatusAlias });
const spec = (yaml: string) => normalised(`spec: ${yaml}`).body.spec;
const template = (yaml: string) => spec(`{template: {spec: ${yaml}}}`)?.template;

test.each([
  ['{artifact: {flinkVersion: 1.10}}', { artifact: { flinkVersion: '1.10' } }],
  [
    '{flinkConfiguration: {a: 1.10, b: true, c: 0x10}}',
    { flinkConfiguration: { a: '1.10', b: 'true', c: '0x10' } },
  ],
  [
    '{kubernetes: {pods: {labels: {v: 1.10}}}}',
    { kubernetes: { pods: { labels: { v: '1.10' } } } },
  ],
  [
    '{kubernetes: {pods: {envVars: [{name: A, value: 1.0}]}}}',
    { kubernetes: { pods: { envVars: [{ name: 'A', value: '1.0' }] } } },
  ],
])('a text field keeps the source text of %s (api.md 1.8)', (yaml, expected) => {
  expect(template(yaml)).toEqual({ spec: expected });
});

test('labels and annotations become texts (api.md 1.8)', () => {
  const { body } = normalised(
    'metadata: {name: 1.10, labels: {canary: true}, annotations: {n: 1e3}}',
  );
  expect(body.metadata).toEqual({
    name: '1.10',
    labels: { canary: 'true' },
    annotations: { n: '1e3' },
  });
});

test('numbers and booleans are read from texts, and nothing else is (api.md 1.8)', () => {
  expect(template('{parallelism: "4", resources: {jobmanager: {cpu: "1.5"}}}')).toEqual({
    spec: { parallelism: 4, resources: { jobmanager: { cpu: 1.5 } } },
  });
  expect(spec('{upgradeStrategy: {startBeforeStop: "False"}}')).toEqual({
    upgradeStrategy: { startBeforeStop: false },
  });
  expect(template('{parallelism: "0x4"}')).toEqual({ spec: { parallelism: '0x4' } });
  expect(template('{parallelism: ""}')).toEqual({ spec: { parallelism: '' } });
});

test.each([
  ['running', 'RUNNING'],
  ['Canceled', 'CANCELLED'],
  ['CANCELLED', 'CANCELLED'],
  ['paused', 'paused'],
])('desired state %s becomes %s (api.md 1.8)', (given, state) => {
  expect(spec(`{state: ${given}}`)).toEqual({ state });
});

test('resources are spelled in any case (api.md 2.1), but not in two at once', () => {
  expect(template('{resources: {jobManager: {cpu: 1}, TaskManager: {memory: 2g}}}')).toEqual({
    spec: { resources: { jobmanager: { cpu: 1 }, taskmanager: { memory: '2g' } } },
  });
  const { problems } = normalised(
    'spec: {template: {spec: {resources: {jobManager: {cpu: 1}, jobmanager: {cpu: 2}}}}}',
  );
  expect(problems.map(({ field }) => field)).toEqual(['spec.template.spec.resources.jobmanager']);
});

test.each([
  ['{startFromSavepoint: {kind: latest}}', { kind: 'LATEST_SAVEPOINT' }],
  ['{startFromSavepoint: {kind: NONE}}', { kind: 'NONE' }],
  [
    '{startFromSavepoint: {kind: NONE}, restoreStrategy: {kind: latest_state}}',
    { kind: 'LATEST_STATE' },
  ],
  [
    '{startFromSavepoint: {kind: LATEST}, restoreStrategy: {allowNonRestoredState: true}}',
    { kind: 'LATEST_SAVEPOINT', allowNonRestoredState: true },
  ],
])('%s is the restore strategy %j (M25)', (yaml, restoreStrategy) => {
  expect(spec(yaml)).toEqual({ restoreStrategy });
});

test('an unknown startFromSavepoint is named, not dropped', () => {
  const { problems } = normalised('spec: {startFromSavepoint: {kind: OLDEST}}');
  expect(problems[0]?.field).toBe('spec.startFromSavepoint.kind');
});

test('unknown and read-only fields are dropped at every level (api.md 1.5, 1.8, N21)', () => {
  const { body, problems } = normalised(`
    kind: Deployment
    apiVersion: v9
    status: {state: FINISHED}
    createdBy: me
    metadata: {name: a, id: x, namespace: other, resourceVersion: 7, createdAt: "0001-01-01T00:00:00Z"}
    spec: {status: CANCELLED, maxSavepointCreationTime: 1, template: {x: 1, spec: {flinkVersion: "1", artifact: {mainClass: A}}}}`);
  expect(problems).toEqual([]);
  expect(body).toEqual({ metadata: { name: 'a' }, spec: { template: { spec: { artifact: {} } } } });
});

test('annotations of the server are ignored, removals of them too (api.md 1.7)', () => {
  const key = 'com.dataartisans.appmanager.controller.deployment.spec.version';
  const { body } = normalised(`metadata: {annotations: {${key}: "9", mine: x, gone: null}}`);
  expect(body.metadata).toEqual({ annotations: { mine: 'x', gone: null } });
  expect(normalised(`metadata: {annotations: {${key}: null}}`).body.metadata).toEqual({
    annotations: {},
  });
});

test('nulls are kept, as a merge patch needs them, but mean absence inside a list', () => {
  expect(spec('{state: null, template: {spec: {flinkConfiguration: {a: null}}}}')).toEqual({
    state: null,
    template: { spec: { flinkConfiguration: { a: null } } },
  });
  expect(
    template('{kubernetes: {pods: {tolerations: [{key: a, value: null}], securityContext: null}}}'),
  ).toEqual({
    spec: { kubernetes: { pods: { tolerations: [{ key: 'a' }], securityContext: null } } },
  });
  expect(normalised('{metadata: null, spec: null}').body).toEqual({ metadata: null, spec: null });
});

test('a single envVars object becomes a list; other objects of Kubernetes stay verbatim (api.md 4.5)', () => {
  expect(
    template('{kubernetes: {x: {y: [1.5, true, {z: q}]}, pods: {envVars: {name: A, value: b}}}}'),
  ).toEqual({
    spec: {
      kubernetes: {
        x: { y: [1.5, true, { z: 'q' }] },
        pods: { envVars: [{ name: 'A', value: 'b' }] },
      },
    },
  });
});

test('spec.status cancels only where the setting says so (api.md 5, specStatusAlias)', () => {
  const yaml = 'spec: {state: RUNNING, status: CANCELED}';
  expect(normalised(yaml).body.spec).toEqual({ state: 'RUNNING' });
  expect(normalised(yaml, true).body.spec).toEqual({ state: 'CANCELLED' });
});

test('a session cluster is refused, not run on some other target', () => {
  const { problems } = normalised('spec: {sessionClusterName: shared}');
  expect(problems[0]?.field).toBe('spec.sessionClusterName');
  expect(normalised('spec: {sessionClusterName: null}').problems).toEqual([]);
});

test.each([
  ['5', ['body']],
  ['[1]', ['body']],
  ['{spec: 5}', ['spec']],
  ['{spec: [1], metadata: x}', ['metadata', 'spec']],
])('what has no place in a body is named: %s', (yaml, fields) => {
  expect(normalised(yaml).problems.map(({ field }) => field)).toEqual(fields);
});

test('keys such as __proto__ and constructor are harmless everywhere (N15)', () => {
  const evil = '{"__proto__":{"polluted":1},"constructor":"x"}';
  const raw: unknown = JSON.parse(
    `{"__proto__":{"spec":{}},"metadata":{"name":"a","labels":${evil}},"spec":{"__proto__":{"state":"RUNNING"},
      "template":{"spec":{"flinkConfiguration":${evil},"kubernetes":${evil}}}}}`,
  );
  const { body } = normaliseBody(raw, freshSettings);
  expect(body).toEqual({
    metadata: { name: 'a', labels: { constructor: 'x' } },
    spec: {
      template: {
        spec: { flinkConfiguration: { constructor: 'x' }, kubernetes: { constructor: 'x' } },
      },
    },
  });
  expect(Reflect.get({}, 'polluted')).toBeUndefined();
});

test('nesting without end is named instead of exhausting the stack (F64)', () => {
  const deep: unknown = JSON.parse(`${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`);
  const raw = { spec: { template: { spec: { kubernetes: deep } } } };
  expect(normaliseBody(raw, freshSettings).problems[0]?.message).toBe('is nested too deeply');
});
