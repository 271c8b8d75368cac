import type { Dispatcher } from 'undici';
import { systemReason, Unreachable } from '../../core/errors/index.ts';
import { answerOf, KubernetesRefusal } from './answers.ts';
import type { Connection } from './connection.ts';

/** The API server ends a watch after so long, and it goes on from where it was, in s. */
const askedSeconds = 300;

/** It sends a bookmark about once a minute: longer silence is a dead connection (reliability.md 3.2), in ms. */
const silenceMs = 90_000;

/** What is watched. */
export interface Watched {
  /** Of the collection. */
  path: string;
  labelSelector: string;
  /** Resource version to go on from. */
  since: string;
}

/**
 * The lines of a watch as they come, until the API server ends it. Returns once the server has begun it.
 * @param endsAfterMs of silence.
 * @throws {Unreachable} the connection was lost, or a line is not JSON. @throws {KubernetesRefusal} it is not begun.
 */
export async function watchLines(
  connection: Connection,
  watched: Watched,
  signal: AbortSignal,
  endsAfterMs = silenceMs,
): Promise<AsyncIterable<unknown>> {
  const asLost = (error: unknown): Error => {
    signal.throwIfAborted();
    if (error instanceof KubernetesRefusal || error instanceof Unreachable) return error;
    const why = error instanceof SyntaxError ? 'a line is not JSON' : systemReason(error);
    const message = `the watch of ${watched.path} was lost: ${why}`;
    return new Unreachable('TARGET_UNREACHABLE', message, { cause: error });
  };
  try {
    return parsed(await begin(connection, watched, signal, endsAfterMs), asLost);
  } catch (error) {
    throw asLost(error);
  }
}

async function begin(
  { server, agent, headers }: Connection,
  { path, labelSelector, since }: Watched,
  signal: AbortSignal,
  endsAfterMs: number,
): Promise<Dispatcher.ResponseData['body']> {
  const { statusCode, body } = await agent.request({
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
    headersTimeout: endsAfterMs,
    bodyTimeout: endsAfterMs,
    signal,
  });
  if (statusCode < 300) return body;
  throw answerOf(`the watch of ${path} at ${server.host}`, 'GET', statusCode, await body.text());
}

async function* parsed(
  body: Dispatcher.ResponseData['body'],
  asLost: (error: unknown) => Error,
): AsyncGenerator<unknown> {
  try {
    for await (const line of linesOf(body)) yield JSON.parse(line);
  } catch (error) {
    throw asLost(error);
  }
}

/** Whoever stops reading ends the call. Node's readline would leave it open, and its errors to nobody. */
async function* linesOf(body: Dispatcher.ResponseData['body']): AsyncGenerator<string> {
  let rest = '';
  for await (const text of body.setEncoding('utf8')) {
    const [first = '', ...others] = String(text).split('\n');
    rest += first;
    for (const next of others) {
      yield rest;
      rest = next;
    }
  }
  if (rest !== '') yield rest;
}
