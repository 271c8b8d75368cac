import { z } from 'zod';

const entry = z.object({
  auditID: z.string(),
  verb: z.string(),
  user: z.object({ username: z.string() }),
  objectRef: z.object({ resource: z.string().default('') }).optional(),
  requestURI: z.string(),
  requestReceivedTimestamp: z.coerce.date(),
});

/** One call of the API server. */
export interface Call {
  /** Verb and resource, such as `watch pods`; the path of what is no resource. */
  what: string;
}

/**
 * The calls of all service accounts of a namespace that came within a time, in order.
 * @param log of the API server, one JSON object a line, several lines for a call that lasts.
 * @param from and `to` epoch ms, by the clock of the API server.
 */
export function callsIn(log: string, namespace: string, from: number, to: number): Call[] {
  const calls = new Map<string, Call>();
  for (const line of log.split('\n').filter((one) => one !== '')) {
    const { auditID, verb, user, objectRef, ...request } = entry.parse(JSON.parse(line));
    const at = request.requestReceivedTimestamp.getTime();
    if (at < from || at >= to) continue;
    if (!user.username.startsWith(`system:serviceaccount:${namespace}:`)) continue;
    calls.set(auditID, { what: `${verb} ${objectRef?.resource || request.requestURI}` });
  }
  return [...calls.values()];
}
