import { SluiceError, systemReason } from '../../core/errors/index.ts';
import { answerOf, isRefusal, KubernetesRefusal, readJson, unreachable } from './answers.ts';
import type { Connection } from './connection.ts';
import { firstPage, listPages } from './list-pages.ts';
import { watchLines } from './watch-lines.ts';

/** Server-side apply and every create name this manager; fields of others are left to them. */
const fieldManager = 'sluice';

/** The path of a kind of object within one namespace: `/api/v1/namespaces/a/pods`. */
export type Collection = string;

/** Calls of one API server. Answers are `unknown` until a schema has read them. */
export interface KubernetesApi {
  /** Asks etcd, not a cache (reliability.md 3.2). `undefined`: there is none. */
  get(collection: Collection, name: string, signal: AbortSignal): Promise<unknown>;
  /** All of them as at one moment, and with its version. @param selected by labels, or in another way. */
  list(collection: Collection, selected: string | Selected, signal: AbortSignal): Promise<unknown>;
  /** @throws {KubernetesRefusal} 409: there is one already. */
  create(collection: Collection, object: object, signal: AbortSignal): Promise<unknown>;
  /** Server-side apply: makes it, or gives our fields the values of `object`. */
  apply(collection: Collection, object: Named, signal: AbortSignal): Promise<unknown>;
  /** Gives single fields new values (RFC 7386); never makes one. */
  merge(collection: Collection, name: string, patch: object, signal: AbortSignal): Promise<unknown>;
  /** Asks for the end of one very object; whoever bears its name by now is spared. Gone already is as good. */
  remove(collection: Collection, one: Doomed, signal: AbortSignal): Promise<void>;
  /**
   * What happens from a resource version on, event by event, until the server ends it. It has begun once this returns;
   * both may throw `Unreachable`. @throws {KubernetesRefusal} 403; 410: that version is too long ago.
   */
  watch(
    collection: Collection,
    labelSelector: string,
    since: string,
    signal: AbortSignal,
  ): Promise<AsyncIterable<unknown>>;
}

/** Which objects of a collection, and what of them. */
export interface Selected {
  labelSelector?: string;
  fieldSelector?: string;
  /** Nothing of what they hold: for what may be large. */
  onlyMetadata?: boolean;
  /** Some of them will do. */
  onePage?: boolean;
}

export interface Named {
  metadata: { name: string };
}

export interface Doomed {
  name: string;
  uid: string;
  gracePeriodSeconds?: number;
}

interface Call {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  path: string;
  query?: Record<string, string>;
  body?: object;
  contentType?: string;
  accept?: string;
}

const json = 'application/json';
const metadataList = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';

/** @param timeoutMs of one call. */
export function createApi(connection: Connection, timeoutMs: number): KubernetesApi {
  const send = sender(connection, timeoutMs);
  const at = (collection: Collection, name: string) => `${collection}/${encodeURIComponent(name)}`;
  const sendJson = async (call: Call, signal: AbortSignal) => parse(call, await send(call, signal));
  return {
    get: (collection, name, signal) =>
      sendJson({ method: 'GET', path: at(collection, name) }, signal).catch(unlessAbsent),
    list: (path, selected, signal) => {
      const { onlyMetadata, onePage, ...by }: Selected =
        typeof selected === 'string' ? { labelSelector: selected } : selected;
      const accept = onlyMetadata ? metadataList : json;
      const ask = ({ limit, ...next }: { limit: string; continue?: string }) =>
        sendJson({ method: 'GET', path, query: { limit, ...by, ...next }, accept }, signal);
      return onePage ? firstPage(ask) : listPages(`GET ${path} at ${connection.server.host}`, ask);
    },
    create: (path, body, signal) =>
      sendJson({ method: 'POST', path, query: { fieldManager }, body, contentType: json }, signal),
    apply: (collection, body, signal) =>
      sendJson(
        {
          method: 'PATCH',
          path: at(collection, body.metadata.name),
          query: { fieldManager, force: 'true' },
          body,
          contentType: 'application/apply-patch+yaml',
        },
        signal,
      ),
    merge: (collection, name, body, signal) =>
      sendJson(
        {
          method: 'PATCH',
          path: at(collection, name),
          query: { fieldManager },
          body,
          contentType: 'application/merge-patch+json',
        },
        signal,
      ),
    remove: async (collection, { name, uid, gracePeriodSeconds }, signal) => {
      const options = {
        kind: 'DeleteOptions',
        apiVersion: 'v1',
        preconditions: { uid },
        propagationPolicy: 'Foreground',
        ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
      };
      const call: Call = { method: 'DELETE', path: at(collection, name), body: options };
      await sendJson({ ...call, contentType: json }, signal).catch(unlessAnother);
    },
    watch: (path, labelSelector, since, signal) =>
      watchLines(connection, { path, labelSelector, since }, signal),
  };
}

/** @throws {Unreachable} no answer, or one that says nothing about the request: an outage, a login that ran out, a rush. */
function sender({ server, agent, headers }: Connection, timeoutMs: number) {
  let isRefused = false;
  return async (call: Call, signal: AbortSignal): Promise<string> => {
    const what = `${call.method} ${call.path} at ${server.host}`;
    const bounded = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    try {
      const reply = await agent.request({
        origin: server.origin,
        path: server.pathname.replace(/\/$/, '') + call.path,
        method: call.method,
        query: call.query ?? {},
        headers: {
          ...(await headers(isRefused)),
          accept: call.accept ?? json,
          ...(call.contentType === undefined ? {} : { 'content-type': call.contentType }),
        },
        ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
        signal: bounded,
      });
      isRefused = reply.statusCode === 401;
      const text = await reply.body.text();
      if (reply.statusCode < 300) return text;
      throw answerOf(what, call.method, reply.statusCode, text);
    } catch (error) {
      if (error instanceof SluiceError || error instanceof KubernetesRefusal) throw error;
      signal.throwIfAborted();
      throw unreachable(`${what}: ${systemReason(error)} (limit ${timeoutMs} ms)`, error);
    }
  };
}

function parse(call: Call, text: string): unknown {
  const parsed = readJson(text);
  if (parsed === undefined)
    throw unreachable(`${call.method} ${call.path}: the answer is not JSON`);
  return parsed;
}

function unlessAbsent(error: unknown): undefined {
  if (isRefusal(error, 404)) return undefined;
  throw error;
}

function unlessAnother(error: unknown): undefined {
  if (isRefusal(error, 404) || isRefusal(error, 409)) return undefined;
  throw error;
}
