import type { ApiDeps } from '../deps.ts';
import type { ApiContext } from '../env.ts';
import { labelSelector } from '../label-selector.ts';
import { deploymentList, deploymentResource } from '../openapi/shapes/deployment.ts';
import {
  deploymentPatch,
  newDeployment,
  replacedDeployment,
} from '../openapi/shapes/deployment-body.ts';
import { reply } from '../replies/reply.ts';
import { ifResourceVersion, pathValue, queryValue, requestIdOf } from '../request.ts';
import { locking, type Route, repeatable } from '../route.ts';
import { resourceList } from '../views/envelope.ts';
import { patchDeployment, putDeployment } from './change-deployment.ts';
import { createDeployment } from './create-deployment.ts';
import { readDocument } from './deployment-body.ts';
import { viewOf, viewsOf } from './deployment-reading.ts';
import { documentSettings } from './deployment-settings.ts';
import { requireDeployment } from './find-deployment.ts';

const collection = '/api/v1/namespaces/{ns}/deployments';
const item = `${collection}/{idOrName}`;
const tag = 'Deployments';
const one = { description: 'The Deployment', schema: deploymentResource };

/** Deployments (api.md 2.1). */
export const deploymentRoutes = (deps: ApiDeps): Route[] => [
  {
    method: 'get',
    path: collection,
    tag,
    summary: 'List Deployments',
    query: { labelSelector: 'Kubernetes label selector, such as env=testing,tier in (a,b)' },
    replies: { 200: { description: 'All of them, oldest first', schema: deploymentList } },
    handle: (c) => list(c, deps),
  },
  {
    method: 'post',
    path: collection,
    tag,
    summary: 'Create a Deployment',
    headers: repeatable,
    body: { description: 'A Deployment', schema: newDeployment },
    replies: { 201: one },
    handle: (c) => create(c, deps),
  },
  {
    method: 'get',
    path: item,
    tag,
    summary: 'Get a Deployment by id or name',
    replies: { 200: one },
    handle: (c) => get(c, deps),
  },
  {
    method: 'patch',
    path: item,
    tag,
    summary: 'Change a Deployment by JSON Merge Patch (RFC 7386)',
    headers: { ...locking, ...repeatable },
    body: { description: 'The keys to change; null removes one', schema: deploymentPatch },
    replies: { 200: one },
    handle: (c) => patchDeployment(c, deps),
  },
  {
    method: 'put',
    path: item,
    tag,
    summary: 'Replace a Deployment, or create it under a new name',
    query: { applyDefaults: 'true: absent keys come from the DeploymentDefaults' },
    headers: { ...locking, ...repeatable },
    body: { description: 'A Deployment', schema: replacedDeployment },
    replies: { 200: one, 201: one },
    handle: (c) => putDeployment(c, deps),
  },
  {
    method: 'delete',
    path: item,
    tag,
    summary: 'Delete a cancelled or suspended Deployment',
    headers: { ...locking, ...repeatable },
    replies: { 200: { ...one, description: 'The deleted Deployment' } },
    handle: (c) => remove(c, deps),
  },
];

async function list(c: ApiContext, deps: ApiDeps): Promise<Response> {
  const matches = labelSelector(queryValue(c, 'labelSelector'));
  const records = await deps.store.deployments.list(pathValue(c, 'ns'));
  const chosen = records.filter((record) => matches(record.labels));
  return reply(c, resourceList(await viewsOf(deps, chosen)));
}

async function create(c: ApiContext, deps: ApiDeps): Promise<Response> {
  const namespace = pathValue(c, 'ns');
  const settings = await documentSettings(deps, namespace);
  const read = await readDocument(c, settings);
  return createDeployment(c, deps, namespace, settings, read);
}

async function get(c: ApiContext, deps: ApiDeps): Promise<Response> {
  const record = await requireDeployment(deps.store, pathValue(c, 'ns'), pathValue(c, 'idOrName'));
  return reply(c, await viewOf(deps, record));
}

/** Answers with what was deleted: clients read `metadata.name` of it unchecked (api.md 1.4). */
async function remove(c: ApiContext, deps: ApiDeps): Promise<Response> {
  const namespace = pathValue(c, 'ns');
  const { id } = await requireDeployment(deps.store, namespace, pathValue(c, 'idOrName'));
  const request = { requestId: requestIdOf(c, 'delete'), ...ifResourceVersion(c) };
  return reply(c, await viewOf(deps, await deps.commands.remove({ namespace, id }, request)));
}
