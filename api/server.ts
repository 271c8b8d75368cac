import { Hono } from 'hono';
import { methodNotAllowed } from 'hono/method-not-allowed';
import { requestId } from 'hono/request-id';
import { secureHeaders } from 'hono/secure-headers';
import type { ApiDeps } from './deps.ts';
import type { ApiEnv } from './env.ts';
import { badRequest, notFound } from './errors/api-problem.ts';
import { bearerAuth } from './middleware/auth.ts';
import { bodyLimits } from './middleware/body-limits.ts';
import { onError, onMethodNotAllowed, onNotFound } from './middleware/errors.ts';
import { observeRequests } from './middleware/observe.ts';
import { originGuard } from './middleware/origin-guard.ts';
import { notBuilt, refuseNotBuilt } from './not-built.ts';
import { holdsNul, isDecodable, routePattern, routingPath } from './paths.ts';
import { pathValue } from './request.ts';
import type { Route } from './route.ts';
import { allRoutes } from './routes.ts';

export type { ApiDeps, ApiSettings, Health } from './deps.ts';
export { defaultApiSettings } from './deps.ts';
export { listenProblem } from './listen.ts';
export { type RunningApi, serve } from './serve.ts';

/** The HTTP API as a web-standard application: `app.fetch` serves it, `app.request()` tests it. */
export function createApi(deps: ApiDeps): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>({ getPath: routingPath });
  app.onError(onError(deps));
  app.notFound(onNotFound(deps));
  addMiddlewares(app, deps);
  for (const route of allRoutes(deps)) mount(app, route, new Set(deps.settings.namespaces));
  for (const [method, path] of notBuilt) app.on(method, routePattern(path), refuseNotBuilt);
  return app;
}

/** In this order: what costs least and reveals least comes first; size is bounded before a token is looked at (N16). */
function addMiddlewares(app: Hono<ApiEnv>, deps: ApiDeps): void {
  const { auth, settings, metricsRegistry, log, clock } = deps;
  app.use(requestId());
  app.use(observeRequests(metricsRegistry, log));
  // No script ever runs from a reply, whatever a name or message holds (N17).
  app.use(
    secureHeaders({
      contentSecurityPolicy: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    }),
  );
  if (auth.token === undefined) app.use(originGuard);
  app.use(bodyLimits(settings.maxUploadBytes));
  app.use(bearerAuth(auth.token, clock));
  app.use(methodNotAllowed({ app, onMethodNotAllowed: onMethodNotAllowed(deps) }));
}

function mount(app: Hono<ApiEnv>, route: Route, namespaces: ReadonlySet<string>): void {
  const inNamespace = route.path.includes('/namespaces/{ns}/');
  app.on(route.method.toUpperCase(), routePattern(route.path), (c) => {
    c.set('route', route.path);
    if (!isDecodable(c.req.path))
      throw badRequest('MALFORMED_PATH', 'The path is not valid percent-encoded UTF-8.');
    if (holdsNul(c.req.path, Object.values(c.req.queries()).flat()))
      throw badRequest('MALFORMED_PATH', 'The path and its query must not hold NUL characters.');
    const namespace = inNamespace ? pathValue(c, 'ns') : 'default';
    if (namespace !== 'default' && !namespaces.has(namespace))
      throw notFound(`Namespace "${namespace}"`);
    return route.handle(c);
  });
}
