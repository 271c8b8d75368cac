import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { extremes } from '../../../test/fixtures/documents/extremes.ts';
import {
  bodyWith,
  freshSettings,
  posted,
  refusals,
} from '../../../test/fixtures/documents/read.ts';
import { renderJob } from './render.ts';
import { documentSchema } from './schema.ts';
import { documentWarnings } from './warnings.ts';

/** Every option that the schema knows, as a path; `any` stands for the keys of a map. */
function optionsOf(schema: unknown, path: string): string[] {
  if (schema instanceof z.ZodObject)
    return Object.entries(schema.shape).flatMap(([key, field]) =>
      optionsOf(field, path === '' && key !== 'spec' ? `metadata.${key}` : join(path, key)),
    );
  if (schema instanceof z.ZodRecord) return optionsOf(schema.valueType, join(path, 'any'));
  if (schema instanceof z.ZodArray) return optionsOf(schema.element, join(path, '0'));
  const isWrapper =
    schema instanceof z.ZodExactOptional ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault;
  return isWrapper ? optionsOf(schema.unwrap(), path) : [path];
}

const join = (path: string, key: string): string => (path === '' ? key : `${path}.${key}`);

/** The smallest body, with one option set. */
function bodyOf(path: string, value: unknown): Record<string, unknown> {
  const body = bodyWith({ kubernetes: { pods: { envVars: [{ name: 'A' }] } } });
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  let at = body;
  for (const [n, key] of keys.entries()) {
    const next = (keys[n + 1] ?? last) === '0' ? [] : {};
    at[key] ??= next;
    at = at[key] as Record<string, unknown>;
  }
  at[last] = value;
  return body;
}

const fields = (path: string, value: unknown): string[] =>
  refusals(bodyOf(path, value)).map((problem) => problem.split(': ')[0] ?? '');

/** What the workflow makes of an accepted document. */
function used(path: string, value: unknown): void {
  const document = posted(bodyOf(path, value));
  const { spec } = document;
  const identity = { clusterId: 'c', jobId: 'j', deploymentId: 'd', deploymentName: 'n' };
  const place = { namespace: 'default', target: 'local' };
  const input = { spec, identity: { ...identity, ...place }, storageUri: 'file:///s' };
  expect(JSON.parse(JSON.stringify(renderJob(input)))).toEqual(renderJob(input));
  expect(documentWarnings(document, freshSettings).join('\n')).not.toMatch(/undefined|NaN/);
}

test('the table of extremes leaves no option of a Deployment out', () => {
  expect(optionsOf(documentSchema(), '').toSorted()).toEqual(Object.keys(extremes).toSorted());
});

describe.each(Object.entries(extremes))('%s at its extremes (R35)', (path, { takes, refuses }) => {
  test('what it takes makes a Job', () => {
    for (const value of [...takes, null]) {
      const isRequired = path.endsWith('jarUri') || path === 'metadata.name';
      if (value === null && (isRequired || /\.(any|0)(\.|$)/.test(path))) continue;
      expect(fields(path, value), JSON.stringify(value)).toEqual([]);
      used(path, value);
    }
  });

  test('what it refuses is refused by its name', () => {
    for (const value of refuses) expect(fields(path, value), JSON.stringify(value)).toEqual([path]);
  });

  test('what no option is made for is refused by name, or taken', () => {
    const strange = [
      null,
      [],
      [[]],
      {},
      { a: { b: [] } },
      Number.NaN,
      -0,
      Number.POSITIVE_INFINITY,
      [null],
    ];
    for (const value of strange) {
      const named = fields(path, value);
      const isAbout = (field: string) => field.startsWith(path) || path.startsWith(field);
      expect(
        named.filter((field) => !isAbout(field)),
        JSON.stringify(value),
      ).toEqual([]);
      if (named.length === 0) used(path, value);
    }
  });
});
