import type { ApiDeps } from '../deps.ts';
import type { ApiContext } from '../env.ts';
import { notFound } from '../errors/api-problem.ts';
import { savepointBody, savepointList, savepointResource } from '../openapi/shapes/savepoint.ts';
import { reply } from '../replies/reply.ts';
import { pathValue, queryValue, requestIdOf } from '../request.ts';
import { type Route, repeatable } from '../route.ts';
import { resourceList } from '../views/envelope.ts';
import { savepointView } from '../views/savepoint.ts';
import { requireDeployment } from './find-deployment.ts';
import { readSavepoint } from './savepoint-body.ts';

const collection = '/api/v1/namespaces/{ns}/savepoints';
const tag = 'Savepoints';
const one = { description: 'The Savepoint', schema: savepointResource };

/** Savepoints (api.md 2.3). */
export const savepointRoutes = (deps: ApiDeps): Route[] => [
  {
    method: 'get',
    path: collection,
    tag,
    summary: 'List Savepoints',
    query: { deploymentId: 'Only those of this Deployment', jobId: 'Only those of this Job' },
    replies: { 200: { description: 'All of them', schema: savepointList } },
    handle: (c) => list(c, deps),
  },
  {
    method: 'post',
    path: collection,
    tag,
    summary: 'Trigger a Savepoint; with spec.savepointLocation, register an existing one',
    headers: repeatable,
    body: { description: 'Which Deployment; which existing savepoint', schema: savepointBody },
    replies: { 201: one },
    handle: (c) => create(c, deps),
  },
  {
    method: 'get',
    path: `${collection}/{id}`,
    tag,
    summary: 'Get a Savepoint',
    replies: { 200: one },
    handle: (c) => get(c, deps),
  },
];

async function list(c: ApiContext, { store, settings }: ApiDeps): Promise<Response> {
  const deploymentId = queryValue(c, 'deploymentId')?.toLowerCase();
  const jobId = queryValue(c, 'jobId')?.toLowerCase();
  const savepoints = await store.savepoints.list(pathValue(c, 'ns'), {
    ...(deploymentId === undefined ? {} : { deploymentId }),
    ...(jobId === undefined ? {} : { jobId }),
  });
  return reply(c, resourceList(savepoints.map((one) => savepointView(one, settings.enumLevel))));
}

async function get(c: ApiContext, { store, settings }: ApiDeps): Promise<Response> {
  const id = pathValue(c, 'id');
  const savepoint = await store.savepoints.get(id.toLowerCase());
  if (savepoint?.namespace !== pathValue(c, 'ns')) throw notFound(`Savepoint "${id}"`);
  return reply(c, savepointView(savepoint, settings.enumLevel));
}

/** With a location it registers what exists (origin COPIED), without one it asks Flink for a new one (api.md 3.8). */
async function create(c: ApiContext, deps: ApiDeps): Promise<Response> {
  const namespace = pathValue(c, 'ns');
  const { deploymentId, registration } = await readSavepoint(c, namespace, deps.settings);
  const { id } = await requireDeployment(deps.store, namespace, deploymentId);
  const at = { namespace, id };
  const requestId = requestIdOf(c, 'savepoint');
  const savepoint =
    registration === undefined
      ? await deps.commands.triggerSavepoint(at, { requestId })
      : await deps.commands.registerSavepoint(at, { requestId, ...registration });
  return reply(c, savepointView(savepoint, deps.settings.enumLevel), 201);
}
