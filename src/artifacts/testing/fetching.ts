import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type ArtifactFetcherOptions, createArtifactFetcher } from '../index.ts';

/** A folder of the test's own, gone when it ends. */
export async function aFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-artifacts-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** An HTTP server on loopback that counts who connects; without a listener it is a trap nobody should reach. */
export async function aServer(listener?: RequestListener) {
  const seen = { connections: 0, requests: [] as string[] };
  const server = createServer((request, response) => {
    seen.requests.push(`${request.method} ${request.headers.host} ${request.url}`);
    if (listener === undefined) response.end('you should not be here');
    else listener(request, response);
  });
  server.on('connection', () => {
    seen.connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { seen, port: address.port, url: `http://127.0.0.1:${address.port}` };
}

/** A fetcher with short limits and a cache of its own. */
export async function aFetcher(options: Partial<ArtifactFetcherOptions> = {}) {
  const fetcher = createArtifactFetcher({
    allowedDirectories: [],
    cacheDirectory: await aFolder(),
    maxBytes: 1_000_000,
    allowHttp: true,
    connectMs: 2_000,
    idleMs: 2_000,
    totalMs: 10_000,
    ...options,
  });
  onTestFinished(() => fetcher.close());
  return { fetch: (uri: string) => fetcher.fetch(uri, new AbortController().signal), fetcher };
}
