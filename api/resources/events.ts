import type { ApiDeps } from '../deps.ts';
import type { ApiContext } from '../env.ts';
import { eventList } from '../openapi/shapes/event.ts';
import { reply } from '../replies/reply.ts';
import { pathValue, queryValue } from '../request.ts';
import type { Route } from '../route.ts';
import { resourceList } from '../views/envelope.ts';
import { eventView } from '../views/event.ts';

/** Events, read-only, oldest first (api.md 2.4). */
export const eventRoutes = (deps: ApiDeps): Route[] => [
  {
    method: 'get',
    path: '/api/v1/namespaces/{ns}/events',
    tag: 'Events',
    summary: 'List Events, oldest first',
    query: {
      deploymentId: 'Only Events of this Deployment',
      jobId: 'Only Events of this Job',
      sessionClusterId: 'Only Events of this SessionCluster: there are none yet',
    },
    replies: { 200: { description: 'All of them', schema: eventList } },
    handle: (c) => list(c, deps),
  },
];

async function list(c: ApiContext, { store, settings }: ApiDeps): Promise<Response> {
  if (queryValue(c, 'sessionClusterId') !== undefined) return reply(c, resourceList([]));
  const deploymentId = queryValue(c, 'deploymentId')?.toLowerCase();
  const jobId = queryValue(c, 'jobId')?.toLowerCase();
  const events = await store.events.list(pathValue(c, 'ns'), {
    ...(deploymentId === undefined ? {} : { deploymentId }),
    ...(jobId === undefined ? {} : { jobId }),
  });
  const shown = events.flatMap((event) => eventView(event, settings.enumLevel) ?? []);
  return reply(c, resourceList(shown));
}
