import { z } from 'zod';
import { Refused, Unreachable } from '../core/errors/index.ts';
import { printable, rootCause } from './root-cause.ts';

/**
 * What Flink answered to `source` (method, path and host): a body nobody has checked yet, or an error of Flink's own
 * with at least one text.
 */
export type FlinkAnswer =
  | { kind: 'ok'; source: string; body: unknown }
  | { kind: 'error'; source: string; status: number; errors: string[] };

/** `{errors: [...]}` is how Flink, and nothing between us and Flink, reports an error; blank entries occur. */
const flinkError = z.object({ errors: z.array(z.string()).min(1) });

/**
 * Errors in which one part of Flink did not reach another: no leader is elected, a JobMaster does not answer. They say
 * nothing about the job (S25). Texts of LeaderRetrievalHandler and of Flink's RPC layer, the same in 1.20 and 2.x.
 */
const insideUnreachable =
  /leader election|Service temporarily unavailable|Invocation of \[?RemoteRpcInvocation|AskTimeoutException|RecipientUnreachableException|RpcConnectionException|FencingTokenException|EndpointNotStartedException/;

/** Statuses of an overloaded or absent server, whoever answers. */
const unavailable = new Set([408, 429, 502, 503, 504]);

/** How Flink says that a job is not known to this JobManager; the words differ by handler and version. */
const jobNotKnown = /Job \S+ not found|Job could not be found|Could not find Flink job/;

/** The error of a call that proved nothing (S25). */
export function unreachable(source: string, why: string, cause?: unknown): Unreachable {
  const message = printable(`Flink gave no usable answer to ${source}: ${why}`);
  return new Unreachable('FLINK_UNREACHABLE', message, { cause });
}

/**
 * Tells Flink's own answers from everything else that may sit at its address.
 * @throws {Unreachable} for what is not JSON, not Flink's, or Flink's way to say that it cannot tell.
 */
export function understand(source: string, status: number, text: string): FlinkAnswer {
  const body = parsed(text);
  if (body === undefined) throw unreachable(source, `HTTP ${status} without JSON`);
  if (status >= 200 && status < 300) return { kind: 'ok', source, body };
  const error = flinkError.safeParse(body);
  if (!error.success)
    throw unreachable(source, `HTTP ${status}, not an error of Flink's${words(body)}`);
  const { errors } = error.data;
  // Below 500 such words come from the user's `main()`, whose trace Flink passes on with a 400.
  const inside = status >= 500 && errors.some((one) => insideUnreachable.test(one));
  if (inside || unavailable.has(status)) {
    throw unreachable(source, `HTTP ${status}: ${rootCause(errors)}`);
  }
  return { kind: 'error', source, status, errors };
}

/** What a server before Flink has against the call, such as rights that are missing; it mostly says so in `message`. */
function words(body: unknown): string {
  const { data } = z.object({ message: z.string() }).safeParse(body);
  return data ? `: ${data.message.slice(0, 500)}` : '';
}

/**
 * The checked body of an answer.
 * @throws {Refused} FLINK_REQUEST_REFUSED on 4xx. @throws {Unreachable} on 5xx, 404 and an unreadable body.
 */
export function readBody<T>(schema: z.ZodType<T>, answer: FlinkAnswer): T {
  if (answer.kind === 'error') throw failed(answer);
  const body = schema.safeParse(answer.body);
  if (body.success) return body.data;
  throw unreachable(answer.source, `unreadable body: ${z.prettifyError(body.error)}`);
}

/** As {@link readBody}; `undefined` when Flink says that this JobManager does not know the job. */
export function readIfKnown<T>(schema: z.ZodType<T>, answer: FlinkAnswer): T | undefined {
  return saysJobNotKnown(answer) ? undefined : readBody(schema, answer);
}

/** True when Flink itself says so; a 404 of anything else never got here. */
export function saysJobNotKnown(answer: FlinkAnswer): boolean {
  return answer.kind === 'error' && errorSays(answer, jobNotKnown);
}

/** True when one of Flink's error texts matches. */
export function errorSays(answer: FlinkAnswer, words: RegExp): boolean {
  return answer.kind === 'error' && answer.errors.some((text) => words.test(text));
}

/** Flink understood the request and says no, with its root cause. */
export function refused(answer: { source: string; status: number; errors: string[] }): Refused {
  const message = printable(
    `Flink refused ${answer.source} with HTTP ${answer.status}: ${rootCause(answer.errors)}`,
  );
  return new Refused('FLINK_REQUEST_REFUSED', message);
}

function failed(answer: { source: string; status: number; errors: string[] }): Error {
  // A 404 that names no job is a handler not loaded yet (flink.md 10), a 5xx an accident: neither proves anything.
  if (answer.status >= 400 && answer.status < 500 && answer.status !== 404) return refused(answer);
  return unreachable(answer.source, `HTTP ${answer.status}: ${rootCause(answer.errors)}`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // The caller says what this means; JSON has no undefined, so the two cannot be confused.
  }
}
