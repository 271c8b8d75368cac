import { expect, test } from 'vitest';
import { z } from 'zod';
import { documentSchema, specSchema } from './index.ts';

/** Every field of the schema with what is said about it, by its path. */
function fields(schema: z.core.$ZodType, path: string, found = new Map<string, string>()) {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodArray) return fields(inner.element, `${path}[]`, found);
  if (!(inner instanceof z.ZodObject)) return found;
  for (const [key, field] of Object.entries<z.core.$ZodType>(inner.shape)) {
    found.set(`${path}.${key}`, z.globalRegistry.get(field)?.description ?? '');
    fields(field, `${path}.${key}`, found);
  }
  return found;
}

const unwrap = (schema: z.core.$ZodType): z.core.$ZodType =>
  schema instanceof z.ZodExactOptional ||
  schema instanceof z.ZodDefault ||
  schema instanceof z.ZodPrefault
    ? unwrap(schema.unwrap())
    : schema;

const described = fields(documentSchema(), 'document');

test('every field says what it is, with its default (style 5)', () => {
  expect(described.size).toBeGreaterThan(40);
  const mute = [...described].filter(([, text]) => !/^[A-Z].*\.$/.test(text)).map(([path]) => path);
  expect(mute).toEqual([]);
});

test.each([
  ['state', 'CANCELLED'],
  ['upgradeStrategy.kind', 'STATEFUL'],
  ['restoreStrategy.kind', 'LATEST_STATE'],
  ['maxSavepointCreationAttempts', '4'],
  ['maxJobCreationAttempts', '4'],
  ['template.spec.parallelism', '1'],
  ['template.spec.resources.jobmanager.cpu', '1'],
  ['template.spec.resources.taskmanager.memory', '1g'],
])('the default of %s is %s (api.md 2.1)', (path, text) => {
  expect(described.get(`document.spec.${path}`)).toContain(`Default: ${text}.`);
  const spec: unknown = specSchema().parse({
    template: { spec: { artifact: { jarUri: 'file:///x', flinkVersion: 'y' } } },
  });
  const value = path.split('.').reduce((at: unknown, key) => Reflect.get(Object(at), key), spec);
  expect(String(value)).toBe(text);
});

test('the schema can be written as JSON Schema, for OpenAPI (style 5)', () => {
  const json = z.toJSONSchema(documentSchema(), { io: 'input' });
  expect(json).toMatchObject({ type: 'object', required: ['name', 'spec'] });
  expect(JSON.stringify(json)).toContain('"enum":["RUNNING","CANCELLED","SUSPENDED"]');
});
