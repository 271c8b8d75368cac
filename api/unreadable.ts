import type { Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { RequestError } from '@hono/node-server';
import { ApiProblem, badRequest } from './errors/api-problem.ts';
import { problemBody } from './errors/problem-body.ts';

/**
 * Answers what Node's parser does not take for a request with the one error object (api.md 1.9): by itself Node sends an
 * empty 400, and closes on CONNECT without a word. No route and no middleware ever sees these.
 */
export function answerUnreadable(server: Server): void {
  const answering = new WeakSet<Duplex>();
  server.on('request', ({ socket }, response) => {
    answering.add(socket);
    response.once('close', () => answering.delete(socket));
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    // Within an answer that is under way no other can begin.
    if (!socket.writable || answering.has(socket)) socket.destroy(error);
    else socket.end(onTheWire(problemOf(error.code)));
  });
  server.on('connect', (_request, socket: Duplex) => {
    // Node has let go of it: an error that nobody listens for would end the process.
    socket.on('error', () => socket.destroy());
    socket.end(onTheWire(unknownMethod));
  });
}

/** For a request that Node could read, and that has no usable address all the same; nothing else gets past the API. */
export const unreadableReply = (error: unknown): Response =>
  error instanceof RequestError
    ? Response.json(bodyOf(malformed), { status: malformed.problem.status })
    : new Response(null, { status: 500 });

const methods = 'GET, HEAD, POST, PUT, PATCH, DELETE';

/** As for any other verb that a path does not have (api.md 1.4). */
const unknownMethod = new ApiProblem({
  status: 405,
  code: 'INVALID_ARGUMENT',
  reason: 'METHOD_NOT_ALLOWED',
  message: `The request's method is not supported; this server knows ${methods}.`,
  headers: { Allow: methods },
});

const malformed = badRequest('MALFORMED_REQUEST', 'The request is not valid HTTP; send it anew.');

const slow = new ApiProblem({
  status: 408,
  code: 'INVALID_ARGUMENT',
  reason: 'REQUEST_TIMEOUT',
  message: 'The request did not come in whole in time; send it again.',
});

const longHeaders = new ApiProblem({
  status: 431,
  code: 'INVALID_ARGUMENT',
  reason: 'MALFORMED_HEADER',
  message: 'The headers of the request are too large; send fewer or shorter ones.',
});

const problems = new Map<string | undefined, ApiProblem>([
  ['HPE_INVALID_METHOD', unknownMethod],
  ['HPE_HEADER_OVERFLOW', longHeaders],
  ['ERR_HTTP_REQUEST_TIMEOUT', slow],
]);

const problemOf = (code: string | undefined): ApiProblem => problems.get(code) ?? malformed;

/** The path of what cannot be read is not known. */
const bodyOf = ({ problem }: ApiProblem) => problemBody(problem, '', Date.now());

function onTheWire(refusal: ApiProblem): string {
  const body = bodyOf(refusal);
  const text = JSON.stringify(body);
  const headers = {
    'Content-Type': 'application/json',
    'Content-Length': String(Buffer.byteLength(text)),
    Connection: 'close',
    ...refusal.problem.headers,
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return [`HTTP/1.1 ${body.status} ${body.title}`, ...lines, '', text].join('\r\n');
}
