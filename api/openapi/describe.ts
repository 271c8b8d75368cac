import type { ZodType } from 'zod';
import type { BodyDescription, ReplyDescription, Route } from '../route.ts';
import { bodyRef, replyRef, schemas } from './components.ts';
import { deploymentPatch } from './shapes/deployment-body.ts';
import { errorReply } from './shapes/platform.ts';

const json = 'application/json';
const yaml = 'application/yaml';
const mergePatch = 'application/merge-patch+json';

/**
 * The OpenAPI 3.1 description of all routes (api.md 1.1), from the very schemas that requests and replies have: tests hold
 * every recorded reply against it.
 * @param version of Sluice, as reported.
 */
export function describe(routes: readonly Route[], version: string): object {
  return {
    openapi: '3.1.0',
    info: { title: 'Sluice', version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    security: [{}, { token: [] }],
    paths: pathsOf(routes),
    components: {
      schemas: schemas(),
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
    },
  };
}

/** All operations of a path stand together. */
const pathsOf = (routes: readonly Route[]): object =>
  Object.fromEntries(
    [...Map.groupBy(routes, ({ path }) => path)].map(([path, ofPath]) => [
      path,
      Object.fromEntries(ofPath.map((route) => [route.method, operation(route)])),
    ]),
  );

function operation(route: Route): object {
  return {
    tags: [route.tag],
    summary: route.summary,
    operationId: operationId(route),
    parameters: [
      ...[...route.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => parameter('path', name)),
      ...parameters('query', route.requiredQuery, true),
      ...parameters('query', route.query, false),
      ...parameters('header', route.headers, false),
    ],
    ...(route.body && { requestBody: requestBody(route.body, typesOf(route)) }),
    responses: {
      ...Object.fromEntries(
        Object.entries(route.replies).map(([status, reply]) => [status, success(reply, route)]),
      ),
      ...errors(route),
    },
  };
}

const typesOf = ({ jsonOnly }: Route): string[] => (jsonOnly ? [json] : [json, yaml]);

/** Unique and stable, as generated clients name their functions by it. */
const operationId = ({ method, path }: Route): string =>
  `${method}_${path.replaceAll(/[^A-Za-z0-9]+/g, '_').replaceAll(/^_|_$/g, '')}`;

const parameter = (place: string, name: string, required = true, description?: string) => ({
  name,
  in: place,
  required,
  ...(description !== undefined && { description }),
  schema: { type: 'string' },
});

const parameters = (
  place: string,
  named: Readonly<Record<string, string>> | undefined,
  required: boolean,
) =>
  Object.entries(named ?? {}).map(([name, description]) =>
    parameter(place, name, required, description),
  );

/** A multipart body has the one form the artifact store takes (api.md 2.12); all others are described by their schema. */
function requestBody({ description, schema }: BodyDescription, types: readonly string[]): object {
  const content =
    schema === 'file'
      ? { 'multipart/form-data': { schema: file } }
      : inEach(acceptedTypes(schema, types), (type) => bodyRef(schema, type));
  return { description, required: true, content };
}

const acceptedTypes = (schema: ZodType, types: readonly string[]): readonly string[] =>
  schema === deploymentPatch ? [...types, mergePatch] : types;

const file = {
  type: 'object',
  properties: { file: { type: 'string', format: 'binary' } },
  required: ['file'],
};

const inEach = (types: readonly string[], schemaFor: (type: string) => object) =>
  Object.fromEntries(types.map((type) => [type, { schema: schemaFor(type) }]));

function success({ description, schema, text }: ReplyDescription, route: Route): object {
  if (text !== undefined)
    return { description, content: { [text]: { schema: { type: 'string' } } } };
  const shape = schema === undefined ? { type: 'object' } : replyRef(schema);
  return { description, content: inEach(typesOf(route), () => shape) };
}

/** What an operation may answer besides success (api.md 1.9); a proxy or a later release may add to it: `default`. */
function errors({ method, body }: Route): Record<string, object> {
  const statuses = [
    ...[400, 401, 403, 404, 429, 500, 503],
    ...(method === 'get' ? [] : [409, 412]),
    ...(body === undefined ? [] : [413, 415]),
    'default',
  ];
  const reply = {
    description: 'See `message`',
    content: inEach([json, yaml], () => replyRef(errorReply)),
  };
  return Object.fromEntries(statuses.map((status) => [String(status), reply]));
}
