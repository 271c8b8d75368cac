import type { FieldProblem } from '../../src/core/errors/index.ts';
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
    handle: (c) => ready(c, deps),
  },
  {
    method: 'get',
    path: '/metrics',
    tag,
    summary: 'Metrics in the text format of Prometheus',
    replies: { 200: { description: 'The metrics', text: 'text/plain' } },
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

/** Not ready is an error like all others (api.md 1.9); `errors` names each part that does not answer. */
async function ready(c: ApiContext, { health }: ApiDeps): Promise<Response> {
  const { ready, checks } = await health.ready();
  if (ready) return replyJson(c, { ready, checks });
  const failing = Object.entries(checks).filter(([, state]) => state !== 'ok');
  const parts = failing.map(([part, state]) => `${part}: ${state}`).join('; ');
  throw unavailable(
    `Sluice is not ready: ${parts}. Ask again in a few seconds.`,
    failing.map(([field, message]) => ({ field, message })),
  );
}

/** 503 of a server that cannot serve yet, or no longer. */
export const unavailable = (message: string, errors?: FieldProblem[]): ApiProblem =>
  new ApiProblem({
    status: 503,
    code: 'UNAVAILABLE',
    reason: 'NOT_READY',
    message,
    ...(errors === undefined ? {} : { errors }),
    headers: { 'Retry-After': '5' },
  });
