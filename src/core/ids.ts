import { sha1 } from './sha1.ts';

/**
 * A UUID that depends on nothing but its parts, so that a replay, a reset or a second worker derives the same identity
 * (reliability.md 2.1, S23). Version 5 in form (RFC 9562), over the parts joined by a character no part may hold.
 */
export function derivedUuid(...parts: (string | number)[]): string {
  const bytes = sha1(parts.join('\u0000')).slice(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** One start attempt = one Job (reliability.md 2.1). */
export const jobIdOf = (deploymentId: string, sequence: number, attempt: number): string =>
  derivedUuid('job', deploymentId, sequence, attempt);

/** Id of the savepoint of one attempt; the Flink trigger id is it without dashes. */
export const savepointIdOf = (jobId: string, request: number, attempt: number): string =>
  derivedUuid('savepoint', jobId, request, attempt);

/** 32 hex digits: Flink job id of a Job, trigger id of a Savepoint. */
export const withoutDashes = (uuid: string): string => uuid.replaceAll('-', '');

/** `j` + the Job's id without dashes: the cluster's name on every target. */
export const clusterIdOf = (jobId: string): string => `j${withoutDashes(jobId)}`;

/** Matches a UUID in its usual spelling, any version. */
export const isUuid = (text: string): boolean =>
  /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(text);
