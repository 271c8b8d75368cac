import { type Agent, type Dispatcher, request } from 'undici';
import { judgeUri, notFetchable, type UriRules } from '../core/artifact-uri.ts';
import { Refused, SluiceError, Unreachable } from '../core/errors/index.ts';
import type { FetchedArtifact } from './artifacts.ts';
import type { Cached, ContentCache } from './content-cache.ts';
import { errorCode } from './file-errors.ts';
import { safeFilename } from './safe-filename.ts';
import { tooLarge } from './write-atomically.ts';

/** What a download needs. */
export interface HttpFetch {
  agent: Agent;
  rules: UriRules;
  cache: ContentCache;
  maxBytes: number;
  signal: AbortSignal;
}

const maxRedirects = 5;

/**
 * Downloads through the guarded agent, or learns that the cached content is still right.
 * @throws {Refused} ARTIFACT_REFUSED, ARTIFACT_NOT_FOUND, ARTIFACT_TOO_LARGE. @throws {Unreachable} ARTIFACT_UNAVAILABLE.
 */
export async function fetchHttp(uri: string, url: URL, how: HttpFetch): Promise<FetchedArtifact> {
  try {
    const cached = await how.cache.find(uri);
    const response = await follow(url, how, cached);
    if (response.statusCode !== 304 || cached === undefined)
      return await save(uri, url, response, how);
    await response.body.dump();
    return cached.artifact;
  } catch (error) {
    how.signal.throwIfAborted();
    throw translated(error, url);
  }
}

/** Each hop is judged like the first: a public server may point anywhere (N04). */
async function follow(
  start: URL,
  how: HttpFetch,
  cached: Cached | undefined,
): Promise<Dispatcher.ResponseData> {
  let url = start;
  for (let hop = 0; hop <= maxRedirects; hop += 1) {
    const response = await request(url, {
      dispatcher: how.agent,
      signal: how.signal,
      headers: { 'accept-encoding': 'identity', ...conditions(cached) },
    });
    const { location } = response.headers;
    if (![301, 302, 303, 307, 308].includes(response.statusCode)) return response;
    await response.body.dump();
    if (typeof location !== 'string' || !URL.canParse(location, url.href)) break;
    const next = judgeUri(new URL(location, url).href, how.rules);
    if (next.kind !== 'http') throw refused('ARTIFACT_REFUSED', start);
    url = next.url;
  }
  throw refused('ARTIFACT_REFUSED', start);
}

const conditions = (cached: Cached | undefined): Record<string, string> => ({
  ...(cached?.validators.etag === undefined ? {} : { 'if-none-match': cached.validators.etag }),
  ...(cached?.validators.lastModified === undefined
    ? {}
    : { 'if-modified-since': cached.validators.lastModified }),
});

async function save(
  uri: string,
  url: URL,
  { statusCode, headers, body }: Dispatcher.ResponseData,
  { cache, maxBytes }: HttpFetch,
): Promise<FetchedArtifact> {
  if (statusCode !== 200) {
    await body.dump();
    throw unusable(statusCode, url);
  }
  if (Number(headers['content-length'] ?? 0) > maxBytes) {
    // Not destroy(): the body would emit an error nobody listens for, which ends the process.
    await body.dump({ limit: 1 });
    throw tooLarge(maxBytes);
  }
  const draft = await cache.draft(body, maxBytes);
  const validators = { etag: one(headers.etag), lastModified: one(headers['last-modified']) };
  return cache.keep(draft, uri, safeFilename(url.pathname.split('/').at(-1) ?? ''), validators);
}

const one = (header: string | string[] | undefined): string | undefined =>
  Array.isArray(header) ? header[0] : header;

/** Overload and server errors say nothing about the artifact; any other status says that it cannot be had. */
const unusable = (status: number, url: URL): SluiceError =>
  status >= 500 || status === 429 || status === 408
    ? new Unreachable('ARTIFACT_UNAVAILABLE', `${shown(url)} answered with status ${status}.`)
    : refused('ARTIFACT_NOT_FOUND', url);

/** A certificate that is not trusted stays so until somebody acts; all other transport errors may pass. */
function translated(error: unknown, url: URL): unknown {
  if (error instanceof SluiceError) return error;
  const code = errorCode(error) ?? '';
  if (/CERT|ERR_TLS|ERR_SSL/.test(code)) return refused('ARTIFACT_REFUSED', url, error);
  const why = code === '' ? '' : ` (${code})`;
  return new Unreachable('ARTIFACT_UNAVAILABLE', `${shown(url)} did not answer${why}.`, {
    cause: error,
  });
}

const refused = (
  code: 'ARTIFACT_REFUSED' | 'ARTIFACT_NOT_FOUND',
  url: URL,
  cause?: unknown,
): Refused => new Refused(code, `The artifact ${shown(url)} ${notFetchable}.`, { cause });

/** Without the query, which may hold a signature. */
const shown = (url: URL): string => url.origin + url.pathname;
