import { html } from 'hono/html';
import type { ApiDeps } from '../deps.ts';
import type { ApiContext } from '../env.ts';
import { replyJson } from '../replies/reply.ts';
import type { Route } from '../route.ts';
import { unavailable } from './probes.ts';

const tag = 'Operations';
const documents = ['/openapi.json', '/swagger.json', '/api/swagger.json'] as const;

/**
 * The API's description, under all its names, and the page scripts poll as readiness test (api.md 1.1).
 * @param describe makes the OpenAPI document; called once, when it is first asked for.
 */
export function descriptionRoutes(deps: ApiDeps, describe: () => object): Route[] {
  let document: object | undefined;
  const handle = (c: ApiContext) => {
    document ??= describe();
    return replyJson(c, document);
  };
  return [
    ...documents.map(
      (path): Route => ({
        method: 'get',
        path,
        tag,
        summary: 'This description (OpenAPI 3.1)',
        replies: { 200: { description: 'The description' } },
        jsonOnly: true,
        handle,
      }),
    ),
    {
      method: 'get',
      path: '/swagger',
      tag,
      summary: 'A page that links the descriptions; 200 only once the API works',
      replies: { 200: { description: 'The page', text: 'text/html' } },
      handle: (c) => page(c, deps),
    },
  ];
}

async function page(c: ApiContext, { health }: ApiDeps): Promise<Response> {
  const { ready } = await health.ready();
  if (!ready) throw unavailable('Sluice is not ready yet; ask again in a few seconds.');
  const links = documents.map((path) => html`<li><a href="${path}">${path}</a></li>`);
  return c.html(
    html`<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Sluice API</title></head>
<body><h1>Sluice API</h1><p>OpenAPI 3.1 description:</p><ul>${links}</ul></body></html>`,
  );
}
