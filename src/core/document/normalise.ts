import { z } from 'zod';
import type { FieldProblem } from '../errors/index.ts';
import { lazily } from '../lazily.ts';
import { serverAnnotationPrefix } from '../vocabulary.ts';
import { Coercion } from './coerce.ts';
import type { JsonObject } from './json.ts';
import { isObject } from './json.ts';
import { documentSchema, specSchema } from './schema.ts';
import { isSourceScalar } from './source-scalar.ts';
import type { DeploymentBody, DocumentSettings } from './types.ts';

const metadataSchema = lazily(() => documentSchema().omit({ spec: true }));

/** The two values of the deprecated `startFromSavepoint` and what they became in 1.3 (M25). */
const startFromSavepointSchema = lazily(() => z.object({ kind: z.enum(['LATEST', 'NONE']) }));
const restoreKinds: Record<string, string> = { LATEST: 'LATEST_SAVEPOINT', NONE: 'NONE' };

type Fields = Record<string, unknown>;

/**
 * Makes a request's body comparable with a stored document (api.md 1.5, 1.8): scalars by their source text in the type the
 * field wants, enumerated values and resource keys in the one spelling, `startFromSavepoint` as `restoreStrategy`, unknown
 * and read-only fields and server annotations dropped. `null`s are kept.
 * @param raw the parsed body; scalars may be {@link SourceScalar}s.
 * @returns `problems`: only what has no place in a body. Fields with a bad value stay in it and are named by what is made
 *   from it, so both lists together name every bad field.
 */
export function normaliseBody(
  raw: unknown,
  settings: Pick<DocumentSettings, 'specStatusAlias'>,
): { body: DeploymentBody; problems: FieldProblem[] } {
  if (!isObject(raw) || isSourceScalar(raw)) return { body: {}, problems: [mustBeObject('body')] };
  const problems: FieldProblem[] = [];
  const part = (
    name: string,
    read: (fields: Fields) => JsonObject,
  ): JsonObject | null | undefined => {
    const value = Object.hasOwn(raw, name) ? raw[name] : undefined;
    if (value === undefined || isNull(value)) return value === undefined ? undefined : null;
    if (isObject(value) && !isSourceScalar(value)) return read(value);
    problems.push(mustBeObject(name));
    return undefined;
  };
  const metadata = part('metadata', (fields) => readMetadata(fields, problems));
  const spec = part('spec', (fields) => readSpec(fields, settings, problems));
  const body = { ...(metadata !== undefined && { metadata }), ...(spec !== undefined && { spec }) };
  return { body, problems };
}

const mustBeObject = (field: string): FieldProblem => ({ field, message: 'must be an object' });

const isNull = (value: unknown): boolean =>
  value === null || (isSourceScalar(value) && value.value === null);

/** A field a request gives a value; `null` gives none. */
const given = (fields: Fields, key: string): unknown =>
  Object.hasOwn(fields, key) && !isNull(fields[key]) ? fields[key] : undefined;

function readMetadata(fields: Fields, problems: FieldProblem[]): JsonObject {
  const users = isObject(fields.annotations)
    ? { ...fields, annotations: withoutServerKeys(fields.annotations) }
    : fields;
  return coerced(metadataSchema(), users, 'metadata', problems);
}

const withoutServerKeys = (annotations: Fields): Fields =>
  Object.fromEntries(
    Object.entries(annotations).filter(([key]) => !key.startsWith(serverAnnotationPrefix)),
  );

function readSpec(
  fields: Fields,
  settings: Pick<DocumentSettings, 'specStatusAlias'>,
  problems: FieldProblem[],
): JsonObject {
  if (given(fields, 'sessionClusterName') !== undefined) {
    problems.push({
      field: 'spec.sessionClusterName',
      message: 'is not supported yet: name a target with deploymentTargetName instead',
    });
  }
  const wishes = settings.specStatusAlias ? withStatusAsState(fields) : fields;
  return coerced(specSchema(), withRestoreStrategy(wishes, problems), 'spec', problems);
}

/** Setting `specStatusAlias`: clients exist that cancel by `spec.status` in an otherwise unchanged object (api.md 5). */
function withStatusAsState(fields: Fields): Fields {
  const status = given(fields, 'status');
  return status === undefined ? fields : { ...fields, state: status };
}

function withRestoreStrategy(fields: Fields, problems: FieldProblem[]): Fields {
  const old = given(fields, 'startFromSavepoint');
  if (old === undefined) return fields;
  const { kind } = coerced(startFromSavepointSchema(), old, 'spec.startFromSavepoint', problems);
  if (kind === undefined || kind === null) return fields;
  const converted = restoreKinds[String(kind)];
  if (converted === undefined) {
    const message = 'must be LATEST or NONE; better, use spec.restoreStrategy';
    problems.push({ field: 'spec.startFromSavepoint.kind', message });
    return fields;
  }
  const strategy = given(fields, 'restoreStrategy');
  if (strategy !== undefined && !isObject(strategy)) return fields;
  const isExplicit = strategy !== undefined && given(strategy, 'kind') !== undefined;
  return isExplicit ? fields : { ...fields, restoreStrategy: { ...strategy, kind: converted } };
}

function coerced(
  schema: z.ZodObject,
  raw: unknown,
  path: string,
  problems: FieldProblem[],
): JsonObject {
  const coercion = new Coercion();
  const value = coercion.coerce(schema, raw, [path]);
  problems.push(...coercion.problems);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  problems.push(mustBeObject(path));
  return {};
}
