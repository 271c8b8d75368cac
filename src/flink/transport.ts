import { type Agent, type Dispatcher, errors, type FormData } from 'undici';
import { SluiceError, systemReason } from '../core/errors/index.ts';
import { type FlinkAnswer, understand, unreachable } from './answers.ts';

/** One call of Flink's REST API. */
export interface FlinkCall {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Path and query below the base URL, encoded. */
  path: string;
  json?: Record<string, unknown>;
  form?: FormData;
  /** True for calls that do work inside the request (run, upload): they have the longer bound. */
  long?: boolean;
}

/** Bounds of every call: milliseconds and bytes. */
export interface FlinkLimits {
  callTimeoutMs: number;
  runTimeoutMs: number;
  maxReplyBytes: number;
}

/** A server that stands before clusters, and passes calls on to them by their path. */
export interface Gateway {
  agent: Agent;
  /** What lets us in; asked for each call. */
  headers?(): Promise<Record<string, string>>;
}

/** Sends one call and reads its whole answer. */
export type Send = (call: FlinkCall, signal: AbortSignal) => Promise<FlinkAnswer>;

/**
 * Calls below one base URL, each within the limits. Redirects are not followed, which is undici's default.
 * @throws {Unreachable} on anything that is not an answer by Flink itself. @throws `signal.reason` once it is aborted.
 */
export function transport(way: Gateway, limits: FlinkLimits, base: URL): Send {
  return async (call, signal) => {
    const source = `${call.method} ${call.path} at ${base.host}`;
    const timeoutMs = call.long === true ? limits.runTimeoutMs : limits.callTimeoutMs;
    // undici's own timeouts bound the silence between two chunks; this one stops slow bytes as well (F36).
    const bounded = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    try {
      const { body, headers } = content(call);
      const reply = await way.agent.request({
        origin: base.origin,
        path: base.pathname.replace(/\/$/, '') + call.path,
        method: call.method,
        headersTimeout: timeoutMs,
        bodyTimeout: timeoutMs,
        signal: bounded,
        headers: { ...(await way.headers?.()), ...headers },
        ...(body === undefined ? {} : { body }),
      });
      return understand(source, reply.statusCode, await textOf(reply.body, limits.maxReplyBytes));
    } catch (error) {
      if (error instanceof SluiceError) throw error;
      signal.throwIfAborted();
      throw unreachable(source, `${systemReason(error)} (limit ${timeoutMs} ms)`, error);
    }
  };
}

/** A gateway's agent has bounds for answers of its own, which may be far larger than Flink's. */
async function textOf(body: Dispatcher.ResponseData['body'], maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    // Leaving the loop ends the connection: the rest is not read.
    if (bytes > maxBytes) throw new errors.ResponseExceededMaxSizeError();
    chunks.push(chunk);
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}

function content(call: FlinkCall): {
  body?: string | FormData;
  headers?: Record<string, string>;
} {
  if (call.form !== undefined) return { body: call.form };
  if (call.json === undefined) return {};
  return { body: JSON.stringify(call.json), headers: { 'content-type': 'application/json' } };
}
