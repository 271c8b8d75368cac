import type { ApiDeps } from '../deps.ts';
import type { ApiContext } from '../env.ts';
import { defaultsResource } from '../openapi/shapes/target.ts';
import { reply } from '../replies/reply.ts';
import { pathValue } from '../request.ts';
import type { Route } from '../route.ts';
import { documentSettings } from './deployment-settings.ts';

const replies = { 200: { description: 'The defaults', schema: defaultsResource } };

/** DeploymentDefaults, so far from configuration alone (api.md 2.6). */
export const defaultsRoutes = (deps: ApiDeps): Route[] => [
  {
    method: 'get',
    path: '/api/v1/namespaces/{ns}/deployment-defaults',
    tag: 'DeploymentDefaults',
    summary: 'What a new Deployment of the namespace gets where it says nothing',
    replies,
    handle: (c) => get(c, deps),
  },
];

/**
 * Names the default target by id as well: clients exist that create no Deployment unless `spec.deploymentTargetId` is in
 * this reply.
 */
async function get(c: ApiContext, deps: ApiDeps): Promise<Response> {
  const namespace = pathValue(c, 'ns');
  const { defaults } = await documentSettings(deps, namespace);
  const name = defaults.deploymentTargetName;
  const target =
    typeof name === 'string' ? await deps.store.targets.get(namespace, name) : undefined;
  const spec = { ...defaults, ...(target === undefined ? {} : { deploymentTargetId: target.id }) };
  return reply(c, {
    kind: 'DeploymentDefaults',
    apiVersion: 'v1',
    metadata: { namespace },
    spec,
  });
}
