import { z } from 'zod';
import { Unreachable } from '../../core/errors/index.ts';

/** What the API server decided about a request, other than doing it. Its words are its own. */
export class KubernetesRefusal extends Error {
  override readonly name = 'KubernetesRefusal';
  /** HTTP status: 403, 404, 409, 410, 422, … */
  readonly status: number;
  /** Its own word for it: `Forbidden`, `AlreadyExists`, `Conflict`, `Expired`, … */
  readonly reason: string;
  /** We may not see it, which says nothing about what there is. */
  readonly isOfRead: boolean;
  constructor(status: number, reason: string, message: string, isOfRead = false) {
    super(message);
    this.status = status;
    this.reason = reason;
    this.isOfRead = isOfRead;
  }
}

/** Whether the API server answered with this status. */
export const isRefusal = (error: unknown, status: number): error is KubernetesRefusal =>
  error instanceof KubernetesRefusal && error.status === status;

/** The API server's own word; a proxy's page is none. */
const statusReply = z.object({
  kind: z.literal('Status'),
  reason: z.string().default(''),
  message: z.string().default(''),
});

/** These decide nothing about the object: asking again may be answered. */
const undecided = [401, 408, 429];

/**
 * What an answer means that is no success.
 * @param what was asked, for people.
 * @returns a {@link KubernetesRefusal}, or {@link Unreachable} where nothing was decided.
 */
export function answerOf(what: string, method: string, status: number, text: string): Error {
  const { data: answer } = statusReply.safeParse(readJson(text));
  const message = answer?.message ?? text;
  // Others wrote at the same time, be it the count of a quota: read again (reliability.md 3.2). Not so a uid that differs.
  const isRace = status === 409 && answer?.reason === 'Conflict' && method !== 'DELETE';
  if (!answer || status >= 500 || undecided.includes(status) || isRace)
    return unreachable(`${what} was answered with HTTP ${status}: ${message.slice(0, 500)}`);
  return new KubernetesRefusal(status, answer.reason, message.slice(0, 2_000), method === 'GET');
}

/** `undefined`: it is not JSON. */
export function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // a proxy's page, or a cut answer: whoever asked says so
  }
}

export const unreachable = (why: string, cause?: unknown): Unreachable =>
  new Unreachable('TARGET_UNREACHABLE', `Kubernetes does not answer: ${why}`, { cause });

/** What we may not see or remove is unknown: rights may be given back (S25). */
export const unseen = (cause: KubernetesRefusal): Unreachable =>
  new Unreachable('TARGET_UNREACHABLE', `Kubernetes refuses it: ${cause.message}`, { cause });
