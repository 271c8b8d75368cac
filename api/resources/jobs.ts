import type { ApiDeps } from '../deps.ts';
import type { ApiContext } from '../env.ts';
import { notFound } from '../errors/api-problem.ts';
import { jobList, jobResource } from '../openapi/shapes/job.ts';
import { reply } from '../replies/reply.ts';
import { pathValue, queryValue } from '../request.ts';
import type { Route } from '../route.ts';
import { resourceList } from '../views/envelope.ts';
import { jobView } from '../views/job.ts';

const collection = '/api/v1/namespaces/{ns}/jobs';
const tag = 'Jobs';

/** Jobs, read-only (api.md 2.2). */
export const jobRoutes = (deps: ApiDeps): Route[] => [
  {
    method: 'get',
    path: collection,
    tag,
    summary: 'List Jobs, ended ones too',
    query: { deploymentId: 'Only Jobs of this Deployment' },
    replies: { 200: { description: 'All of them', schema: jobList } },
    handle: (c) => list(c, deps),
  },
  {
    method: 'get',
    path: `${collection}/{id}`,
    tag,
    summary: 'Get a Job',
    replies: { 200: { description: 'The Job', schema: jobResource } },
    handle: (c) => get(c, deps),
  },
];

/** No filter gives the whole namespace, an unknown id an empty list (api.md 2.2). */
async function list(c: ApiContext, { store }: ApiDeps): Promise<Response> {
  const deploymentId = queryValue(c, 'deploymentId')?.toLowerCase();
  const filter = deploymentId === undefined ? {} : { deploymentId };
  const jobs = await store.jobs.list(pathValue(c, 'ns'), filter);
  const seen = await store.observations.forJobs(jobs.map(({ id }) => id));
  const byJob = new Map(seen.map((observation) => [observation.jobId, observation]));
  return reply(c, resourceList(jobs.map((job) => jobView(job, byJob.get(job.id)))));
}

async function get(c: ApiContext, { store }: ApiDeps): Promise<Response> {
  const id = pathValue(c, 'id');
  const job = await store.jobs.get(id.toLowerCase());
  if (job?.namespace !== pathValue(c, 'ns')) throw notFound(`Job "${id}"`);
  return reply(c, jobView(job, await store.observations.get(job.id)));
}
