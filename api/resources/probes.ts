import type { ApiDeps } from '../deps.ts';
import type { ApiContext } from '../env.ts';
import { ApiProblem } from '../errors/api-problem.ts';
import { readiness, statusReply } from '../openapi/shapes/platform.ts';
import { replyJson } from '../replies/reply.ts';
import type { Route } from '../route.ts';

const tag = 'Operations';

/** Liveness, readiness, metrics (design.md 5). */
export const probeRoutes = (deps: ApiDeps): Route[] => [
  {
    method: 'get',
    path: '/healthz',
    tag,
    summary: 'Whether the process is alive',
    replies: { 200: { description: 'It is', schema: statusReply } },
    jsonOnly: true,
    handle: (c) => live(c, deps),
  },
  {
    method: 'get',
    path: '/readyz',
    tag,
    summary: 'Whether requests can be served, part by part',
    replies: { 200: { description: 'They can', schema: readiness } },
    jsonOnly: true,
    handle: async (c) => {
      const state = await deps.health.ready();
      return replyJson(c, state, state.ready ? 200 : 503);
    },
  },
  {
    method: 'get',
    path: '/metrics',
    tag,
    summary: 'Metrics in the text format of Prometheus',
    replies: { 200: { description: 'The metrics' } },
    handle: async (c) =>
      c.body(await deps.metricsRegistry.metrics(), 200, {
        'Content-Type': deps.metricsRegistry.contentType,
      }),
  },
];

function live(c: ApiContext, { health }: ApiDeps): Response {
  if (health.live()) return replyJson(c, { status: 'ok' });
  throw unavailable('This process does not work any more; restart it.');
}

/** 503 of a server that cannot serve yet, or no longer. */
export const unavailable = (message: string): ApiProblem =>
  new ApiProblem({
    status: 503,
    code: 'UNAVAILABLE',
    reason: 'NOT_READY',
    message,
    headers: { 'Retry-After': '5' },
  });
