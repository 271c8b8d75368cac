import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  documentOf,
  freshSettings,
  posted,
  replyOf,
} from '../../../test/fixtures/documents/read.ts';
import { createDocument, patchDocument, replaceDocument } from './apply.ts';
import { compareDocuments } from './compare.ts';
import { isObject } from './json.ts';
import { normaliseBody } from './normalise.ts';
import type { Document } from './schema.ts';
import { sourceScalar } from './source-scalar.ts';
import { splitWords } from './words.ts';

const holds = <T>(property: fc.IProperty<T>): void => fc.assert(property);

const text = fc.string({ minLength: 1, maxLength: 12, unit: 'binary' });
const storable = text.filter((value) => !value.includes('\u0000') && value.isWellFormed());
const key = fc.stringMatching(/^[a-z][a-z0-9.-]{0,12}$/);
const texts = fc.dictionary(storable, storable, { maxKeys: 3 });
const cased = (...values: string[]) =>
  fc.constantFrom(...values.flatMap((value) => [value, value.toLowerCase()]));
const whole = fc.integer({ min: 1, max: 40 });
const numeric = fc.oneof(
  whole,
  whole.map(String),
  whole.map((value) => sourceScalar(value, String(value))),
);
const some = <T>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(fields, { requiredKeys: [] });

const resource = some({ cpu: numeric, memory: fc.constantFrom('1g', '1.5G', '512m') });
const artifact = some({
  kind: cased('JAR'),
  mainArgs: fc.constantFrom('', '--a b', `--a 'b c'`),
  entryClass: key,
  flinkVersion: fc.oneof(
    fc.constantFrom('1.20', '2.3', '1.6'),
    fc.constant(sourceScalar(1.2, '1.20')),
  ),
  flinkImageTag: key,
  additionalDependencies: fc.array(key, { maxLength: 2 }),
});
const template = some({
  parallelism: numeric,
  numberOfTaskManagers: numeric,
  resources: some({ jobManager: resource, taskmanager: resource }),
  flinkConfiguration: fc
    .tuple(
      fc.dictionary(key, storable, { maxKeys: 3 }),
      some({ 'taskmanager.numberOfTaskSlots': numeric }),
    )
    .map((parts) => Object.assign({}, ...parts)),
  logging: some({
    loggingProfile: fc.constantFrom('default', 'quiet'),
    log4j2ConfigurationTemplate: storable,
  }),
  kubernetes: some({
    labels: texts,
    pods: fc.dictionary(key, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 2 }),
  }),
});
const spec = some({
  state: cased('RUNNING', 'CANCELED', 'CANCELLED', 'SUSPENDED'),
  deploymentTargetName: key,
  upgradeStrategy: some({
    kind: cased('STATEFUL', 'STATELESS', 'NONE'),
    startBeforeStop: fc.boolean(),
  }),
  restoreStrategy: some({
    kind: cased('LATEST_STATE', 'NONE'),
    allowNonRestoredState: fc.boolean(),
  }),
  startFromSavepoint: fc.record({ kind: cased('LATEST', 'NONE') }),
  maxJobCreationAttempts: numeric,
  jobFailureExpirationTime: fc.constantFrom('PT10M', '1h'),
});

/** Bodies as clients write them; about one in ten breaks a rule and is left out by the properties that need a document. */
const body = fc
  .record({
    metadata: some({ displayName: storable, labels: texts, annotations: texts }),
    spec,
    template,
    artifact,
  })
  .map((parts) => ({
    metadata: { ...parts.metadata, name: 'any' },
    spec: {
      ...parts.spec,
      template: {
        spec: {
          ...parts.template,
          artifact: { ...parts.artifact, jarUri: 'https://example.com/a.jar' },
        },
      },
    },
  }));

const isAccepted = (raw: unknown): boolean => {
  const { body: normalised, problems } = normaliseBody(raw, freshSettings);
  return problems.length === 0 && 'document' in createDocument(normalised, freshSettings);
};
const document = body.filter(isAccepted).map((raw) => posted(raw));
const { body: nothing } = normaliseBody({}, freshSettings);

test('most generated bodies are accepted, so that the properties below mean something', () => {
  expect(fc.sample(body, 200).filter(isAccepted).length).toBeGreaterThan(120);
});

test('normalising is idempotent', () => {
  holds(
    fc.property(fc.oneof(body, fc.object({ withNullPrototype: true })), (raw) => {
      const once = normaliseBody(raw, freshSettings).body;
      expect(normaliseBody(once, freshSettings).body).toEqual(once);
    }),
  );
});

test('whatever is sent, problems come back and nothing is thrown (F64)', () => {
  const anything = fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true });
  holds(
    fc.property(anything, anything, anything, (metadata, inner, raw) => {
      for (const sent of [
        raw,
        { metadata, spec: inner },
        { spec: { template: { spec: inner } } },
      ]) {
        const { body: normalised } = normaliseBody(sent, freshSettings);
        createDocument(normalised, freshSettings);
        expect(JSON.parse(JSON.stringify(normalised))).toEqual(normalised);
      }
    }),
  );
});

test('a stored document is plain JSON that survives its wire form (temporal.md 6)', () => {
  holds(
    fc.property(document, (stored) => {
      expect(JSON.parse(JSON.stringify(stored))).toStrictEqual(stored);
    }),
  );
});

test('what GET answers creates the same document again: no drift (api.md 1.7)', () => {
  holds(
    fc.property(document, (stored) => {
      expect(posted(replyOf(stored))).toEqual(stored);
    }),
  );
});

test('PATCH with nothing, PATCH of a GET and PUT of a GET change nothing (S16)', () => {
  holds(
    fc.property(document, fc.boolean(), (stored, applyDefaults) => {
      const read = normaliseBody(replyOf(stored), freshSettings).body;
      for (const result of [
        patchDocument(stored, nothing, freshSettings),
        patchDocument(stored, read, freshSettings),
        replaceDocument(stored, read, freshSettings, applyDefaults),
      ]) {
        expect(documentOf(result)).toEqual(stored);
      }
    }),
  );
});

/** All the documents that come of applying one change again and again. */
function applied(stored: Document, raw: unknown, times: number): Document[] {
  const { body: change } = normaliseBody(raw, freshSettings);
  return Array.from({ length: times }).reduce<Document[]>((made) => {
    const result = patchDocument(made.at(-1) ?? stored, change, freshSettings);
    return 'document' in result ? [...made, result.document] : made;
  }, []);
}

const differ = (one: Document | undefined, other: Document | undefined): boolean =>
  one !== undefined && other !== undefined
    ? compareDocuments(one, other, freshSettings).changed
    : one !== other;

test('a patch applied twice is applied once (S16)', () => {
  holds(
    fc.property(document, body, (stored, { spec: change }) => {
      const { numberOfTaskManagers: _, ...inner } = change.template.spec;
      const { flinkImageTag: __, ...program } = inner.artifact;
      const raw = { spec: { ...change, template: { spec: { ...inner, artifact: program } } } };
      const [once, twice] = applied(stored, raw, 2);
      expect(differ(once, twice)).toBe(false);
    }),
  );
});

test('sending a derived value beside its changed input settles at the second time (api.md 2.1)', () => {
  holds(
    fc.property(document, body, (stored, { spec: change }) => {
      const [, twice, thrice] = applied(stored, { spec: change }, 3);
      expect(differ(twice, thrice)).toBe(false);
    }),
  );
});

test('words that were quoted come back as they were (N11)', () => {
  const quoted = (word: string) => `'${word.replaceAll("'", `'\\''`)}'`;
  holds(
    fc.property(fc.array(fc.string({ unit: 'binary' })), (words) => {
      expect(splitWords(words.map(quoted).join(' '))).toEqual({ words });
    }),
  );
});

test('no body reaches the prototype of objects (N15)', () => {
  const evil = fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'a');
  holds(
    fc.property(fc.dictionary(evil, fc.dictionary(evil, fc.dictionary(evil, text))), (map) => {
      const labels = JSON.parse(`{"__proto__":${JSON.stringify(map)},"a":"b"}`);
      const raw = {
        metadata: labels,
        spec: { template: { spec: { kubernetes: labels } }, ...map },
      };
      const { body: normalised } = normaliseBody(raw, freshSettings);
      createDocument(normalised, freshSettings);
      expect(Object.keys(Object.prototype)).toEqual([]);
      expect(isObject(normalised) && Object.getPrototypeOf(normalised)).toBe(Object.prototype);
    }),
  );
});
