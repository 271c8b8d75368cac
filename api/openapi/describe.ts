import { OpenAPIHono } from '@hono/zod-openapi';
import type { BodyDescription, ReplyDescription, Route } from '../route.ts';
import { errorReply } from './shapes/platform.ts';

const jsonAndYaml = ['application/json', 'application/yaml'];

/** Statuses every operation may answer; the rest depends on what is asked (api.md 1.9). */
const commonErrors = [400, 401, 403, 404, 409, 412, 413, 415, 429, 500, 503];

/**
 * The OpenAPI 3.1 description of all routes (api.md 1.1), from the very schemas that replies are tested against.
 * @param version of Sluice, as reported.
 */
export function describe(routes: readonly Route[], version: string): object {
  const registry = new OpenAPIHono();
  const error = registry.openAPIRegistry.register('Error', errorReply);
  for (const route of routes) registry.openAPIRegistry.registerPath(operation(route, error));
  registry.openAPIRegistry.registerComponent('securitySchemes', 'token', {
    type: 'http',
    scheme: 'bearer',
  });
  return registry.getOpenAPI31Document({
    openapi: '3.1.0',
    info: { title: 'Sluice', version, license: { name: 'Apache-2.0' } },
    security: [{}, { token: [] }],
  });
}

type RouteConfig = Parameters<OpenAPIHono['openAPIRegistry']['registerPath']>[0];

function operation(route: Route, error: typeof errorReply): RouteConfig {
  const types = route.jsonOnly === true ? ['application/json'] : jsonAndYaml;
  return {
    method: route.method,
    path: route.path,
    tags: [route.tag],
    summary: route.summary,
    operationId: operationId(route),
    parameters: [...pathParameters(route.path), ...queryParameters(route.query ?? {})],
    ...(route.body === undefined ? {} : { request: { body: requestBody(route.body, types) } }),
    responses: { ...successes(route.replies, types), ...errors(error) },
  };
}

/** Unique and stable, as generated clients name their functions by it. */
const operationId = ({ method, path }: Route): string =>
  `${method}_${path.replaceAll(/[^A-Za-z0-9]+/g, '_').replaceAll(/^_|_$/g, '')}`;

const pathParameters = (path: string) =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
    name,
    in: 'path' as const,
    required: true,
    schema: { type: 'string' as const },
  }));

const queryParameters = (query: Readonly<Record<string, string>>) =>
  Object.entries(query).map(([name, description]) => ({
    name,
    in: 'query' as const,
    description,
    schema: { type: 'string' as const },
  }));

/** A multipart body has the one form the artifact store takes (api.md 2.12); all others are described by their schema. */
function requestBody(body: BodyDescription, types: readonly string[]) {
  const { description } = body;
  if (body.schema === 'file') {
    return { description, required: true, content: { 'multipart/form-data': { schema: file } } };
  }
  const media = { schema: body.schema };
  return { description, required: true, content: inEach(types, media) };
}

const file = {
  type: 'object' as const,
  properties: { file: { type: 'string' as const, format: 'binary' } },
  required: ['file'],
};

const inEach = <T>(types: readonly string[], media: T): Record<string, T> =>
  Object.fromEntries(types.map((type) => [type, media]));

const successes = (replies: Route['replies'], types: readonly string[]) =>
  Object.fromEntries(
    Object.entries(replies).map(([status, reply]) => [status, success(reply, types)]),
  );

function success({ description, schema }: ReplyDescription, types: readonly string[]) {
  if (schema === undefined) return { description };
  return { description, content: inEach(types, { schema }) };
}

const errors = (schema: typeof errorReply) =>
  Object.fromEntries(
    commonErrors.map((status) => [
      status,
      { description: 'See `message`', content: { 'application/json': { schema } } },
    ]),
  );
