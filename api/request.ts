import { randomUUID } from 'node:crypto';
import type { ApiContext } from './env.ts';
import { badRequest, preconditionFailed } from './errors/api-problem.ts';

/** A path parameter, decoded; the router guarantees that it is there. */
export const pathValue = (c: ApiContext, name: string): string => c.req.param(name) ?? '';

/** A query parameter; an empty one counts as absent. */
export const queryValue = (c: ApiContext, name: string): string | undefined =>
  c.req.query(name) || undefined;

/**
 * What makes a repeated request meet itself (S16): the client's `Idempotency-Key`, or a fresh id. `verb` keeps two
 * different operations apart that a client gave one key.
 * @throws {ApiProblem} 400 for a key that is no short printable text.
 */
export function requestIdOf(c: ApiContext, verb: string): string {
  const key = idempotencyKey(c);
  return `${verb}-${key ?? randomUUID()}`;
}

/** The `Idempotency-Key`, if the client sent one. @throws {ApiProblem} 400 for a malformed one. */
export function idempotencyKey(c: ApiContext): string | undefined {
  const key = c.req.header('idempotency-key');
  if (key === undefined || /^[\x21-\x7e]{1,128}$/.test(key)) return key;
  throw badRequest(
    'MALFORMED_HEADER',
    'Idempotency-Key must be 1 to 128 printable ASCII characters without spaces.',
  );
}

/**
 * The resourceVersion of `If-Match` (api.md 1.7: the only way to lock): `"3"`, `W/"3"` or `3`; `*` asks for nothing.
 * @throws {ApiProblem} 412 for anything else: no resource ever has such a version.
 */
export function ifResourceVersion(c: ApiContext): { ifResourceVersion?: number } {
  const header = c.req.header('if-match')?.trim();
  if (header === undefined || header === '' || header === '*') return {};
  const version = /^(?:W\/)?"?(\d{1,10})"?$/.exec(header)?.[1];
  if (version !== undefined) return { ifResourceVersion: Number(version) };
  throw preconditionFailed(
    `If-Match: ${header} is no resourceVersion; send the number of metadata.resourceVersion in quotes.`,
  );
}

/**
 * Adds one `Warning` header for each text (api.md 1.5). Header values are ASCII, so other characters become `?`: the
 * event that carries the same warning has the full text.
 */
export function addWarnings(c: ApiContext, warnings: Iterable<string>): void {
  for (const text of new Set(warnings)) {
    const quoted = text.replaceAll(/[^\x20-\x7e]/g, '?').replaceAll(/["\\]/g, '\\$&');
    c.header('Warning', `299 sluice "${quoted}"`, { append: true });
  }
}
