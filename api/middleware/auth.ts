import { createHash, timingSafeEqual } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';
import type { ApiEnv } from '../env.ts';
import { ApiProblem } from '../errors/api-problem.ts';
import { FailedLogins } from './failed-logins.ts';

/**
 * Paths anybody may read: probes, and the API's description, whose 200 scripts take as readiness (api.md 1.1).
 * Nothing of them names a Deployment.
 */
const openPaths: ReadonlySet<string> = new Set([
  '/healthz',
  '/readyz',
  '/swagger',
  '/swagger.json',
  '/api/swagger.json',
  '/openapi.json',
]);

/**
 * Bearer token (api.md 1.10). Without a configured one auth is off and the header is ignored, as clients send dummies.
 * Wrong tokens beyond a few per minute and address get 429 (N22); the right one always passes: a guesser behind the same
 * proxy must not lock the operator out.
 */
export function bearerAuth(
  token: string | undefined,
  clock: () => number,
): MiddlewareHandler<ApiEnv> {
  if (token === undefined) return (_c, next) => next();
  const expected = digest(token);
  const failures = new FailedLogins({ limit: 10, windowMs: 60_000, clock });
  return async (c, next) => {
    if (openPaths.has(c.req.path) || matches(c.req.header('authorization'), expected))
      return next();
    const address = c.env?.incoming?.socket.remoteAddress ?? 'unknown';
    const retryAfterMs = failures.note(address);
    throw retryAfterMs === undefined ? unauthenticated() : tooManyFailures(retryAfterMs);
  };
}

/** Digests have one length, so the comparison takes the same time for every token (N23). */
function matches(header: string | undefined, expected: Buffer): boolean {
  const given = /^Bearer +(\S+) *$/i.exec(header ?? '')?.[1];
  return given !== undefined && timingSafeEqual(digest(given), expected);
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

const unauthenticated = (): ApiProblem =>
  new ApiProblem({
    status: 401,
    code: 'UNAUTHENTICATED',
    reason: 'UNAUTHENTICATED',
    message: 'This server needs a valid token; send it as "Authorization: Bearer <token>".',
    headers: { 'WWW-Authenticate': 'Bearer realm="sluice"' },
  });

const tooManyFailures = (retryAfterMs: number): ApiProblem =>
  new ApiProblem({
    status: 429,
    code: 'RESOURCE_EXHAUSTED',
    reason: 'TOO_MANY_FAILED_LOGINS',
    message:
      'Too many calls with a wrong token came from this address; wait, then send the right one.',
    headers: { 'Retry-After': String(Math.ceil(retryAfterMs / 1000)) },
  });
