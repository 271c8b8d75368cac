import { judgeUri, notFetchable, type UriRules } from '../core/artifact-uri.ts';
import { Refused, Unreachable } from '../core/errors/index.ts';
import type { ArtifactFetcher, FetchedArtifact } from './artifacts.ts';
import { ContentCache } from './content-cache.ts';
import { fetchFile } from './fetch-file.ts';
import { fetchHttp } from './fetch-http.ts';
import { guardedAgent, type Lookup, systemLookup } from './guarded-agent.ts';

export interface ArtifactFetcherOptions extends UriRules {
  /** Local directory for fetched content; several processes may share it. */
  cacheDirectory: string;
  /** Largest artifact, in bytes. */
  maxBytes: number;
  /** What the cache is kept below, in bytes, once content is an hour unused. Default: 4 GiB. */
  maxCacheBytes?: number;
  /** Default: 10 s. */
  connectMs?: number;
  /** Longest silence of a server. Default: 30 s. */
  idleMs?: number;
  /** Longest download. Default: 10 min. */
  totalMs?: number;
  /** Default: the system's resolver. */
  lookup?: Lookup;
}

const gibibyte = 1024 ** 3;

/** The guarded fetcher (reliability.md 7). Close it to end its connections. */
export function createArtifactFetcher(
  options: ArtifactFetcherOptions,
): ArtifactFetcher & { close(): Promise<void> } {
  const { connectMs = 10_000, idleMs = 30_000, lookup = systemLookup } = options;
  const agent = guardedAgent(options, { connectMs, idleMs }, lookup);
  const cache = new ContentCache(options.cacheDirectory, options.maxCacheBytes ?? 4 * gibibyte);
  return {
    close: () => agent.close(),
    fetch: async (uri, signal) => {
      const judged = judgeUri(uri, options);
      switch (judged.kind) {
        case 'http':
          return await download(uri, judged.url, signal);
        case 'file':
          return await fetchFile(uri, judged.path, options, cache, options.maxBytes);
        case 'elsewhere':
          throw new Refused('ARTIFACT_REFUSED', unsupported(judged.scheme));
        case 'refused':
          // Not even the URI is repeated: it may hold a password before the host (N07).
          throw new Refused('ARTIFACT_REFUSED', `The artifact ${notFetchable}.`);
      }
    },
  };

  async function download(uri: string, url: URL, signal: AbortSignal): Promise<FetchedArtifact> {
    const { totalMs = 600_000, maxBytes } = options;
    const deadline = AbortSignal.timeout(totalMs);
    const both = AbortSignal.any([signal, deadline]);
    try {
      return await fetchHttp(uri, url, { agent, rules: options, cache, maxBytes, signal: both });
    } catch (error) {
      if (!deadline.aborted || signal.aborted) throw error;
      const message = `The artifact's server took longer than ${totalMs} ms.`;
      throw new Unreachable('ARTIFACT_UNAVAILABLE', message, { cause: error });
    }
  }
}

const unsupported = (scheme: string): string =>
  `Artifacts behind ${scheme}// cannot be fetched by this server yet; use https, or upload the artifact.`;
