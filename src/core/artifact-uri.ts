import { isAddress4, isPublicAddress } from './public-address.ts';

/** What an administrator allows; no spec widens it (reliability.md 7). Plain JSON, crosses Temporal. */
export interface UriRules {
  /** Absolute local directories under which `file:` URIs may lie. */
  allowedDirectories: readonly string[];
  /** Whether plain `http:` may be used. */
  allowHttp: boolean;
  /** Hosts (`repo.internal`, `127.0.0.1:8081`) that may be fetched from though they are not public. */
  allowedPrivateHosts?: readonly string[];
}

/** What a URI asks for, before anything is looked up or touched. */
export type JudgedUri =
  | { kind: 'http'; url: URL }
  | { kind: 'file'; path: string }
  /** A scheme of the API (api.md 4.1) that this server cannot fetch itself. */
  | { kind: 'elsewhere'; scheme: string }
  | { kind: 'refused' };

const elsewhere = [
  's3:',
  's3a:',
  's3p:',
  'hdfs:',
  'gs:',
  'oss:',
  'wasbs:',
  'wasb:',
  'abfs:',
  'abfss:',
];
const refused: JudgedUri = { kind: 'refused' };

/** One text for refused, missing and forbidden: three would map the network and the disk (reliability.md 7). */
export const notFetchable =
  'cannot be fetched: it does not exist, cannot be read, or is not allowed; check it, or have its host or directory allowed';

/** Why a URI can never be fetched, or undefined: what is already clear from its text (N01, N02, N06 to N09). */
export const artifactUriProblem = (uri: string, rules: UriRules): string | undefined =>
  judgeUri(uri, rules).kind === 'refused' ? notFetchable : undefined;

/**
 * Judges a URI by its text. The URL parser has already undone mixed case, Unicode look-alikes, octal and hexadecimal
 * addresses and encoded `..`, so that what is judged is what would be connected to. Pure, so that workflows judge alike:
 * `URL` is there in their sandbox, Node's modules are not.
 */
export function judgeUri(uri: string, rules: UriRules): JudgedUri {
  // The parser would silently drop tabs and line breaks: two texts for one place.
  if (/[\p{Cc}\\]/u.test(uri) || !URL.canParse(uri)) return refused;
  const url = new URL(uri);
  if (url.protocol === 'file:') return judgeFile(url, rules);
  if (url.protocol === 'https:' || url.protocol === 'http:') return judgeHttp(url, rules);
  return elsewhere.includes(url.protocol) ? { kind: 'elsewhere', scheme: url.protocol } : refused;
}

function judgeHttp(url: URL, rules: UriRules): JudgedUri {
  if (url.username !== '' || url.password !== '') return refused;
  if (url.protocol === 'http:' && !rules.allowHttp) return refused;
  const host = bareHost(url.hostname);
  const literal = isAddress4(host) || url.hostname.startsWith('[');
  const local = host === 'localhost' || host.endsWith('.localhost');
  const isPrivate = local || (literal && !isPublicAddress(host));
  return isPrivate && !isAllowedHost(host, portOf(url), rules) ? refused : { kind: 'http', url };
}

/** Whether an administrator named this host, with or without the port. */
export function isAllowedHost(host: string, port: string, rules: UriRules): boolean {
  const named = rules.allowedPrivateHosts ?? [];
  return named.some((entry) => {
    const allowed = entry.toLowerCase();
    return allowed === host || allowed === `${host}:${port}` || allowed === `[${host}]:${port}`;
  });
}

function judgeFile(url: URL, rules: UriRules): JudgedUri {
  if (url.hostname !== '') return refused;
  const path = localPath(url);
  const inside = path !== undefined && rules.allowedDirectories.some((one) => isWithin(path, one));
  return path !== undefined && inside ? { kind: 'file', path } : refused;
}

/** `%2F` would hide a separator, `%00` would cut the path. */
function localPath({ pathname }: URL): string | undefined {
  try {
    const path = decodeURIComponent(pathname);
    return /%2f/i.test(pathname) || path.includes('\0') ? undefined : path;
  } catch {
    return undefined;
  }
}

/** Whether `path` lies below `directory`; both absolute. Compares whole segments. */
export function isWithin(path: string, directory: string): boolean {
  const below = segmentsOf(path);
  const above = segmentsOf(directory);
  return below.length > above.length && above.every((segment, at) => segment === below[at]);
}

function segmentsOf(path: string): string[] {
  const segments: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(segment);
  }
  return segments;
}

/** Without the brackets of IPv6 and without the root's dot, in lower case. */
export const bareHost = (hostname: string): string =>
  hostname
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '');

/** The port connected to. */
const portOf = (url: URL): string => url.port || (url.protocol === 'https:' ? '443' : '80');
