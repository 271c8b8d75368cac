import type { MiddlewareHandler } from 'hono';
import type { Logger } from 'pino';
import { Histogram, type Registry } from 'prom-client';
import type { ApiEnv } from '../env.ts';

/** Times and logs each request. Labels and fields are bounded: the route's pattern, never the path (style.md 8). */
export function observeRequests(registry: Registry, log: Logger): MiddlewareHandler<ApiEnv> {
  const seconds = new Histogram({
    name: 'sluice_http_request_duration_seconds',
    help: 'Time from the request to its reply, by route and status.',
    labelNames: ['method', 'route', 'status'],
    registers: [registry],
  });
  return async (c, next) => {
    const stop = seconds.startTimer();
    await next();
    const route = c.get('route') ?? 'none';
    const fields = { method: knownMethod(c.req.method), route, status: String(c.res.status) };
    const duration = stop(fields);
    log.debug(
      { ...fields, durationMs: Math.round(duration * 1000), requestId: c.get('requestId') },
      'request handled',
    );
  };
}

/** A client may send any word as a method; a label must not grow with it. */
const knownMethod = (method: string): string =>
  ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].includes(method) ? method : 'OTHER';
