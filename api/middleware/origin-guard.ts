import type { MiddlewareHandler } from 'hono';
import type { ApiEnv } from '../env.ts';
import { ApiProblem } from '../errors/api-problem.ts';
import { isLoopbackHost } from '../listen.ts';

/**
 * With auth off the only protection is that the server listens on loopback, and any web page a developer visits can
 * reach that: by a cross-site POST, or by a name of its own that it re-binds to 127.0.0.1. So only requests that name
 * this host by a loopback name pass, and those of a browser only if they come from a page of this very server.
 */
export const originGuard: MiddlewareHandler<ApiEnv> = (c, next) => {
  const { host, hostname } = new URL(c.req.url);
  if (!isLoopbackHost(hostname)) throw foreign(`the host name "${hostname}"`);
  const origin = c.req.header('origin');
  if (origin !== undefined && hostOf(origin) !== host) throw foreign(`a page of "${origin}"`);
  const site = c.req.header('sec-fetch-site');
  if (site === 'cross-site' || site === 'same-site') throw foreign('another site');
  return next();
};

/** `null` (sandboxed pages, redirects) and anything unreadable belong to nobody. */
const hostOf = (origin: string): string | undefined =>
  URL.canParse(origin) ? new URL(origin).host : undefined;

const foreign = (whence: string): ApiProblem =>
  new ApiProblem({
    status: 403,
    code: 'PERMISSION_DENIED',
    reason: 'FOREIGN_ORIGIN',
    message: `Calls from ${whence} are refused while no token is configured; call the server by a loopback name, or configure a token.`,
  });
