/** `…/flink-savepoints/namespaces/<namespace>/…`, the layout of savepoints below the storage (api.md 3.8). */
const layout = /\/flink-savepoints\/namespaces\/([^/]+)(?:\/|$)/;

/**
 * Why a location cannot be registered, or undefined: it must name an existing savepoint in plain words, and must not
 * lie in another namespace's part of the storage (N10).
 */
export function locationProblem(
  location: string,
  namespace: string,
  storageUri: string | undefined,
): string | undefined {
  const path = decoded(location);
  if (path === undefined || hasControlCharacters(path)) return 'is malformed';
  if (!/^([a-z][a-z0-9+.-]*:)?\/+[^/]/i.test(location)) {
    return 'must be an absolute path or a URI, such as s3://bucket/savepoint-1a2b';
  }
  if (/^https?:/i.test(location)) return 'must be where Flink keeps state; http is not';
  if (/^file:\/\/[^/]/i.test(location)) return 'must not name a host: write file:///path';
  if (path.split('/').some((segment) => segment === '..' || segment === '.')) {
    return 'must not contain the segments "." or ".."';
  }
  const collapsed = path.replaceAll(/([^:/])\/{2,}/g, '$1/');
  const owner = layout.exec(collapsed)?.[1];
  const ours = storageUri === undefined || bare(collapsed).startsWith(bare(storageUri));
  return ours && owner !== undefined && owner !== namespace
    ? 'belongs to another namespace'
    : undefined;
}

function decoded(location: string): string | undefined {
  try {
    return decodeURIComponent(location);
  } catch {
    return undefined;
  }
}

/** Without scheme and repeated slashes: `file:///a`, `file:/a` and `/a` are one place. */
const bare = (location: string): string =>
  location.replace(/^[a-z][a-z0-9+.-]*:/i, '').replace(/^\/+/, '/');

const hasControlCharacters = (text: string): boolean =>
  [...text].some((character) => character < ' ' || character === '\u007f');
