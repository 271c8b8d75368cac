import type { z } from 'zod';
import { Unreachable } from '../core/errors/index.ts';

/** Version of the JSON that this release writes. Raised when the meaning of a stored field changes (S29). */
export const schemaVersion = 1;

/**
 * Reads the JSON of one row.
 * @param what names the row for people: `Job 6f1c…`.
 * @throws {Unreachable} STORE_UNAVAILABLE: a newer release wrote it, or it is damaged. Never left out: a client that
 *   misses a Deployment in a list would create it again.
 */
export function readBody<T>(what: string, schema: z.ZodType<T>, body: string, version: number): T {
  if (version > schemaVersion) {
    throw unreadable(what, `a newer release of Sluice wrote it (schema ${version})`);
  }
  const parsed = schema.safeParse(parseJson(what, body));
  if (parsed.success) return parsed.data;
  const problem = parsed.error.issues[0];
  throw unreadable(
    what,
    `${problem?.path.join('.') ?? ''} ${problem?.message ?? ''}`,
    parsed.error,
  );
}

function parseJson(what: string, body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    throw unreadable(what, 'it is not JSON', error);
  }
}

const unreadable = (what: string, why: string, cause?: unknown): Unreachable =>
  new Unreachable('STORE_UNAVAILABLE', `the stored ${what} cannot be read: ${why}`, { cause });
