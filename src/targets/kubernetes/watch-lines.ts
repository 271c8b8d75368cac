import { createInterface } from 'node:readline';
import { systemReason, Unreachable } from '../../core/errors/index.ts';
import type { Connection } from './connection.ts';

/** The API server ends a watch after so long, and it goes on from where it was, in s. */
const askedSeconds = 300;

/** It sends a bookmark about once a minute: longer silence is a dead connection (reliability.md 3.2), in ms. */
const silenceMs = 90_000;

/**
 * The lines of a watch as they come, until the API server ends it.
 * @param since resource version to go on from.
 * @throws {Unreachable} the connection was lost, or a line is not JSON. What else the server answers is a line `ERROR`.
 */
export async function* watchLines(
  { server, agent, headers }: Connection,
  path: string,
  labelSelector: string,
  since: string,
  signal: AbortSignal,
): AsyncGenerator<unknown> {
  try {
    const reply = await agent.request({
      origin: server.origin,
      path: server.pathname.replace(/\/$/, '') + path,
      method: 'GET',
      query: {
        watch: 'true',
        allowWatchBookmarks: 'true',
        timeoutSeconds: String(askedSeconds),
        labelSelector,
        resourceVersion: since,
      },
      headers: { ...(await headers()), accept: 'application/json' },
      headersTimeout: silenceMs,
      bodyTimeout: silenceMs,
      signal,
    });
    if (reply.statusCode >= 300) {
      yield { type: 'ERROR', object: await reply.body.text() };
      return;
    }
    for await (const line of createInterface({ input: reply.body })) yield JSON.parse(line);
  } catch (error) {
    signal.throwIfAborted();
    const why = error instanceof SyntaxError ? 'a line is not JSON' : systemReason(error);
    throw new Unreachable('TARGET_UNREACHABLE', `the watch of ${path} was lost: ${why}`, {
      cause: error,
    });
  }
}
