import type { ErrorHandler, NotFoundHandler } from 'hono';
import type { ApiDeps } from '../deps.ts';
import type { ApiContext, ApiEnv } from '../env.ts';
import { ApiProblem, notFound, type Problem } from '../errors/api-problem.ts';
import { problemBody } from '../errors/problem-body.ts';
import { toProblem } from '../errors/to-problem.ts';
import { reply } from '../replies/reply.ts';

type Parts = Pick<ApiDeps, 'log' | 'clock'>;

/** Answers whatever was thrown with the one error object (api.md 1.9); faults of ours go into the log with their cause. */
export const onError =
  ({ log, clock }: Parts): ErrorHandler<ApiEnv> =>
  (error, c) => {
    const requestId = c.get('requestId');
    const { problem, fault } = toProblem(error, requestId);
    if (fault) log.error({ err: error, requestId, route: c.get('route') }, 'request failed');
    return problemReply(c, problem, clock());
  };

/** 404 for a path that no route has. */
export const onNotFound =
  ({ clock }: Parts): NotFoundHandler<ApiEnv> =>
  (c) =>
    problemReply(c, notFound(`The path ${c.req.path}`).problem, clock());

/** 405 for a path that exists, with what it supports. */
export const onMethodNotAllowed =
  ({ clock }: Parts) =>
  (c: ApiContext, allowed: string[]): Response => {
    const allow = allowed.join(', ');
    const { problem } = new ApiProblem({
      status: 405,
      code: 'INVALID_ARGUMENT',
      reason: 'METHOD_NOT_ALLOWED',
      message: `${c.req.method} is not supported here; this path supports ${allow}.`,
      headers: { Allow: allow },
    });
    return problemReply(c, problem, clock());
  };

const problemReply = (c: ApiContext, problem: Problem, now: number): Response =>
  reply(c, problemBody(problem, c.req.path, now), problem.status, problem.headers);
