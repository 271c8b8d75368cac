import type { ApiDeps } from '../deps.ts';
import { wrappedDeployment, wrappedDeployments } from '../openapi/shapes/deployment.ts';
import { reply } from '../replies/reply.ts';
import { pathValue } from '../request.ts';
import type { Route } from '../route.ts';
import { viewOf, viewsOf } from './deployment-reading.ts';
import { requireDeployment } from './find-deployment.ts';

const collection = '/api/v1/namespaces/{ns}/deployments/with-cr';
const tag = 'Deployments';

/** Deployments wrapped the way newer user interfaces of the original ask for them (api.md 2.15). */
export const withCrRoutes = (deps: ApiDeps): Route[] => [
  {
    method: 'get',
    path: collection,
    tag,
    summary: 'List Deployments, each wrapped',
    replies: { 200: { description: 'All of them', schema: wrappedDeployments } },
    handle: async (c) => {
      const records = await deps.store.deployments.list(pathValue(c, 'ns'));
      const views = await viewsOf(deps, records);
      return reply(c, { items: views.map((deployment) => ({ deployment })) });
    },
  },
  {
    method: 'get',
    path: `${collection}/{idOrName}`,
    tag,
    summary: 'Get a Deployment, wrapped',
    replies: { 200: { description: 'The Deployment', schema: wrappedDeployment } },
    handle: async (c) => {
      const record = await requireDeployment(
        deps.store,
        pathValue(c, 'ns'),
        pathValue(c, 'idOrName'),
      );
      return reply(c, { deployment: await viewOf(deps, record) });
    },
  },
];
