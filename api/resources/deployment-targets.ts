import type { ApiDeps } from '../deps.ts';
import type { ApiContext } from '../env.ts';
import { newTarget, targetBody, targetList, targetResource } from '../openapi/shapes/target.ts';
import { reply } from '../replies/reply.ts';
import { pathValue } from '../request.ts';
import { locking, type Route } from '../route.ts';
import { resourceList } from '../views/envelope.ts';
import { targetView } from '../views/target.ts';
import { createTarget, putTarget, removeTarget, requireTarget } from './write-target.ts';

const collection = '/api/v1/namespaces/{ns}/deployment-targets';
const item = `${collection}/{idOrName}`;
const tag = 'DeploymentTargets';
const one = { description: 'The DeploymentTarget', schema: targetResource };
const body = { description: 'A DeploymentTarget', schema: targetBody };

/** DeploymentTargets (api.md 2.5): plain resources, written by the API itself. */
export const targetRoutes = (deps: ApiDeps): Route[] => [
  {
    method: 'get',
    path: collection,
    tag,
    summary: 'List DeploymentTargets',
    replies: { 200: { description: 'All of them', schema: targetList } },
    handle: (c) => list(c, deps),
  },
  {
    method: 'post',
    path: collection,
    tag,
    summary: 'Create a DeploymentTarget',
    body: { ...body, schema: newTarget },
    replies: { 201: one },
    handle: (c) => createTarget(c, deps),
  },
  {
    method: 'get',
    path: item,
    tag,
    summary: 'Get a DeploymentTarget by id or name',
    replies: { 200: one },
    handle: (c) => get(c, deps),
  },
  {
    method: 'put',
    path: item,
    tag,
    summary: 'Create a DeploymentTarget, or replace its metadata; spec cannot change',
    headers: locking,
    body,
    replies: { 200: one, 201: one },
    handle: (c) => putTarget(c, deps),
  },
  {
    method: 'delete',
    path: item,
    tag,
    summary: 'Delete a DeploymentTarget that no Deployment refers to',
    headers: locking,
    replies: { 200: { ...one, description: 'The deleted DeploymentTarget' } },
    handle: (c) => removeTarget(c, deps),
  },
];

async function list(c: ApiContext, { store }: ApiDeps): Promise<Response> {
  const targets = await store.targets.list(pathValue(c, 'ns'));
  return reply(c, resourceList(targets.map(targetView)));
}

async function get(c: ApiContext, deps: ApiDeps): Promise<Response> {
  return reply(c, targetView(await requireTarget(c, deps)));
}
