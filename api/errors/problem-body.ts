import type { Problem, ProblemStatus } from './api-problem.ts';

const titles: Record<ProblemStatus, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  409: 'Conflict',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  503: 'Service Unavailable',
};

/**
 * The one error object (api.md 1.9): the three shapes of the original and RFC 9457 in one.
 * @param timestamp epoch ms.
 */
export function problemBody(problem: Problem, path: string, timestamp: number) {
  const title = titles[problem.status];
  return {
    message: problem.message,
    status: problem.status,
    code: problem.code,
    reason: problem.reason,
    error: title,
    path,
    timestamp,
    description: problem.message,
    cause: null,
    ok: false,
    type: 'about:blank',
    title,
    detail: problem.message,
    instance: path,
    ...(problem.errors === undefined ? {} : { errors: problem.errors }),
  };
}
