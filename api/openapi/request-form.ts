import { z } from 'zod';
import { caseless } from '../../src/core/document/index.ts';

type Node = z.core.JSONSchema.BaseSchema;
type Child = z.core.JSONSchema.JSONSchema | boolean;

/** What a request may do that a reply never does. */
export interface RequestForm {
  /** A merge patch: nothing is required, nothing has a default. */
  patch: boolean;
  /**
   * Every spelling that is accepted (api.md 1.8): enumerated values in any case, numbers and booleans as texts, texts as
   * numbers. People write YAML like that, and YAML itself reads `flinkVersion: 1.20` as a number. Programs send JSON: its
   * description has one type per field, so that what is generated from it has, too.
   */
  anySpelling: boolean;
}

/** A body as JSON Schema. `null` is allowed wherever a field may be absent (api.md 1.5, 1.8). */
export function requestForm(schema: z.ZodType, form: RequestForm): Node {
  const { $schema: _, ...node } = z.toJSONSchema(schema, { io: 'input' });
  return inForm(node, form);
}

function inForm(node: Node, form: RequestForm): Node {
  const { required = [], default: preset, ...rest } = scalarInForm(node, form);
  const optional = (name: string, child: Child) =>
    required.includes(name) ? below(child, form) : orNull(below(child, form));
  const { properties, additionalProperties, items, anyOf, oneOf } = rest;
  const mustHave = form.patch ? [] : required;
  return {
    ...rest,
    ...(preset !== undefined && !form.patch && { default: preset }),
    ...(mustHave.length > 0 && { required: mustHave }),
    ...(properties && { properties: mapped(properties, optional) }),
    ...(additionalProperties && {
      additionalProperties: orNull(below(additionalProperties, form)),
    }),
    // A list replaces as a whole (RFC 7386): its elements are complete in a patch, too.
    ...(isNode(items) && { items: inForm(items, { ...form, patch: false }) }),
    ...(anyOf && { anyOf: anyOf.map((one) => inForm(one, form)) }),
    ...(oneOf && { oneOf: oneOf.map((one) => inForm(one, form)) }),
  };
}

const isNode = (child: unknown): child is Node =>
  typeof child === 'object' && child !== null && !Array.isArray(child);

const below = (child: Child, form: RequestForm): Child =>
  isNode(child) ? inForm(child, form) : child;

const mapped = <A, B>(of: Record<string, A>, change: (key: string, value: A) => B) =>
  Object.fromEntries(Object.entries(of).map(([key, value]) => [key, change(key, value)]));

function orNull(child: Child): Child {
  if (!isNode(child)) return child;
  const { type, enum: values, anyOf, oneOf } = child;
  const nothing: Node = { type: 'null' };
  if (anyOf) return { ...child, anyOf: [...anyOf, nothing] };
  if (oneOf && type === undefined) return { ...child, oneOf: [...oneOf, nothing] };
  if (type === undefined) return child;
  const withNull = { ...child, type: [...(Array.isArray(type) ? type : [type]), 'null' as const] };
  return values ? { ...withNull, enum: [...values, null] } : withNull;
}

function scalarInForm(node: Node, { anySpelling }: RequestForm): Node {
  const values = node.enum?.includes('CANCELLED') ? [...node.enum, 'CANCELED'] : node.enum;
  if (values && !anySpelling) return { ...node, enum: values };
  if (!anySpelling) return node;
  if (values) return anyCase(node, values.map(String));
  switch (node.type) {
    case 'string':
      return node.pattern === undefined && node.format === undefined
        ? { ...node, type: ['string', 'number', 'boolean'] }
        : node;
    case 'integer':
    case 'number':
      return { ...node, type: [node.type, 'string'], pattern: number };
    case 'boolean':
      return { ...node, type: ['boolean', 'string'], pattern: words(['true', 'false']) };
    default:
      return node;
  }
}

const number = String.raw`^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$`;

function anyCase(node: Node, values: readonly string[]): Node {
  const { enum: _, ...rest } = node;
  return { ...rest, pattern: words(values) };
}

/** Blanks around a word do not count. */
const words = (known: readonly string[]): string => String.raw`^\s*(${caseless(known)})\s*$`;
