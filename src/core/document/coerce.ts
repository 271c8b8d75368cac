import { z } from 'zod';
import type { FieldProblem } from '../errors/index.ts';
import type { Json } from './json.ts';
import { isObject } from './json.ts';
import { envVarsSchema } from './schema-kubernetes.ts';
import { resourcesSchema } from './schema-template.ts';
import { isSourceScalar } from './source-scalar.ts';

/** Deeper than any document; ends a recursion that a hand-made body could drive into the stack's end (F64). */
const maxDepth = 64;

/** Other spellings of enumerated values (api.md 1.8). */
const synonyms: Record<string, string> = { CANCELED: 'CANCELLED' };

type Schema = z.core.$ZodType;

/**
 * Brings what a request holds towards what the schema wants (api.md 1.8): known fields only, scalars in the wanted type,
 * enumerated values upper case. `null`s stay. What cannot be brought there stays as it came, for the schema to refuse.
 */
export class Coercion {
  readonly problems: FieldProblem[] = [];

  coerce(schema: Schema, raw: unknown, path: readonly string[]): Json {
    const wanted = unwrap(schema);
    if (isSourceScalar(raw) || !(isObject(raw) || Array.isArray(raw))) return scalar(wanted, raw);
    if (wanted === envVarsSchema() && isObject(raw)) return this.coerce(wanted, [raw], path);
    if (Array.isArray(raw)) return this.#list(wanted, raw, path);
    if (wanted instanceof z.ZodObject) return this.#fields(wanted, raw, path);
    if (wanted instanceof z.ZodRecord) return this.#map(raw, path, () => wanted.valueType);
    return this.#verbatim(raw, path);
  }

  /** Known fields by their own schema; the others of a loose object pass through, those of a strict one are dropped. */
  #fields(wanted: z.ZodObject, raw: Record<string, unknown>, path: readonly string[]): Json {
    const fields = wanted === unwrap(resourcesSchema()) ? this.#lowerCaseKeys(raw, path) : raw;
    const { shape } = wanted;
    const isLoose = wanted.def.catchall instanceof z.ZodUnknown;
    const known = Object.entries(fields).filter(([key]) => isLoose || Object.hasOwn(shape, key));
    return this.#map(Object.fromEntries(known), path, (key) =>
      Object.hasOwn(shape, key) ? shape[key] : undefined,
    );
  }

  #lowerCaseKeys(raw: Record<string, unknown>, path: readonly string[]): Record<string, unknown> {
    const seen = new Map<string, unknown>();
    for (const [key, value] of Object.entries(raw)) {
      const name = key.toLowerCase();
      if (seen.has(name)) {
        const message = 'is given in two spellings: keep the lower-case one';
        this.problems.push({ field: [...path, name].join('.'), message });
      }
      seen.set(name, value);
    }
    return Object.fromEntries(seen);
  }

  #map(
    raw: Record<string, unknown>,
    path: readonly string[],
    schemaOf: (key: string) => Schema | undefined,
  ): Json {
    const entries = Object.entries(raw).filter(
      ([key, value]) => key !== '__proto__' && value !== undefined,
    );
    return Object.fromEntries(
      entries.map(([key, value]) => {
        const schema = schemaOf(key);
        const at = [...path, key];
        return [key, schema ? this.coerce(schema, value, at) : this.#verbatim(value, at)];
      }),
    );
  }

  /** A list replaces as a whole (RFC 7386), so a `null` member of an element can only mean that it is absent. */
  #list(wanted: Schema, raw: unknown[], path: readonly string[]): Json {
    const element = wanted instanceof z.ZodArray ? wanted.element : undefined;
    return raw.map((value, index) => {
      const kept = isObject(value) && !isSourceScalar(value) ? withoutNullMembers(value) : value;
      const at = [...path, String(index)];
      return element ? this.coerce(element, kept, at) : this.#verbatim(kept, at);
    });
  }

  #verbatim(raw: unknown, path: readonly string[]): Json {
    if (path.length > maxDepth) {
      this.problems.push({ field: path.slice(0, 6).join('.'), message: 'is nested too deeply' });
      return null;
    }
    if (isSourceScalar(raw)) return plain(raw.value, raw.text);
    if (Array.isArray(raw)) return this.#list(z.unknown(), raw, path);
    if (isObject(raw)) return this.#map(raw, path, () => undefined);
    return plain(raw, String(raw));
  }
}

const unwrap = (schema: Schema): Schema =>
  schema instanceof z.ZodExactOptional ||
  schema instanceof z.ZodDefault ||
  schema instanceof z.ZodPrefault
    ? unwrap(schema.unwrap())
    : schema;

const withoutNullMembers = (value: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(value).filter(
      ([, inner]) => inner !== null && !(isSourceScalar(inner) && inner.value === null),
    ),
  );

/** A value JSON has, or the text it was written as (`.inf`, integers beyond a double). */
function plain(value: unknown, text: string): Json {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  // JSON has no -0: adding 0 makes it 0.
  return typeof value === 'number' && Number.isFinite(value) ? value + 0 : text;
}

function scalar(wanted: Schema, raw: unknown): Json {
  const value = isSourceScalar(raw) ? raw.value : raw;
  if (value === null || value === undefined) return null;
  const text = isSourceScalar(raw) && typeof value !== 'string' ? raw.text : String(value);
  if (wanted instanceof z.ZodString) return text;
  if (wanted instanceof z.ZodEnum) return enumerated(wanted.options, text);
  if (wanted instanceof z.ZodNumber) return numeric(value, text);
  if (wanted instanceof z.ZodBoolean) return truth(value, text);
  return plain(value, text);
}

function enumerated(options: readonly (string | number)[], text: string): string {
  const upper = text.trim().toUpperCase();
  const meant = synonyms[upper] ?? upper;
  return options.includes(meant) ? meant : text;
}

function numeric(value: unknown, text: string): Json {
  const isNumber = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text.trim());
  return typeof value === 'string' || typeof value === 'bigint'
    ? isNumber
      ? Number(text) + 0
      : text
    : plain(value, text);
}

function truth(value: unknown, text: string): Json {
  const lower = text.trim().toLowerCase();
  if (lower === 'true' || lower === 'false') return lower === 'true';
  return plain(value, text);
}
