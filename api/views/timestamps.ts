/**
 * RFC 3339 in UTC with microseconds, as clients of the original parse it: `2022-01-23T18:51:47.845773Z` (api.md 1.7).
 * @param ms epoch milliseconds.
 */
export const timestamp = (ms: number): string => timestampMicros(Math.trunc(ms) * 1000);

/** As {@link timestamp}, from epoch microseconds. */
export function timestampMicros(micros: number): string {
  const ms = Math.floor(micros / 1000);
  const rest = String(micros - ms * 1000).padStart(3, '0');
  return new Date(ms).toISOString().replace('Z', `${rest}Z`);
}

/** With whole seconds, for artifacts: clients exist whose date parser refuses fractions (api.md 2.12). */
export const timestampSeconds = (ms: number): string =>
  new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
