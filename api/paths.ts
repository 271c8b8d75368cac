/**
 * The path as the router sees it: still percent-encoded, so that it is split first and each segment decoded after
 * (names hold `%2F` and line breaks, api.md 1.1). An empty namespace segment means `default`, a trailing slash is
 * tolerated, and a verb's colon may come encoded.
 */
export function routingPath(request: Request): string {
  const { pathname } = new URL(request.url);
  const path = pathname
    .replaceAll(/%3a/gi, ':')
    .replace(/\/+$/, '')
    .replace(/\/namespaces\/\//, '/namespaces/default/');
  return path === '' ? '/' : path;
}

/** True when each segment can be decoded: `%zz` and broken UTF-8 name nothing. */
export function isDecodable(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}

/** True when a path, or a decoded value of its query, holds a NUL: no database keeps one, so it names nothing (N10). */
export const holdsNul = (path: string, values: readonly string[]): boolean =>
  [decodeURIComponent(path), ...values].some((text) => text.includes('\u0000'));

/**
 * An OpenAPI path as a pattern of the router. A segment with a literal colon (`artifacts:upload`) becomes a parameter
 * that matches just that text, as the router takes every colon for a parameter's.
 */
export const routePattern = (path: string): string =>
  path
    .split('/')
    .map((segment, index) => {
      if (segment.startsWith('{')) return `:${segment.slice(1, -1)}`;
      return segment.includes(':') ? `:verb${index}{${segment}}` : segment;
    })
    .join('/');
