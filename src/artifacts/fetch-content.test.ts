import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { aFetcher, aFolder, aServer } from './testing/fetching.ts';

const allowedPrivateHosts = ['127.0.0.1'];
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

test('content is fetched once, asked for again by its ETag, and fetched anew when it changed', async () => {
  let version = 1;
  const server = await aServer((request, response) => {
    const etag = `"v${version}"`;
    if (request.headers['if-none-match'] === etag) response.writeHead(304).end();
    else response.writeHead(200, { etag }).end(`content ${version}`);
  });
  const { fetch } = await aFetcher({ allowedPrivateHosts });
  const uri = `${server.url}/libs/job-1.0.jar?signature=secret`;
  const first = await fetch(uri);
  expect(first).toMatchObject({ filename: 'job-1.0.jar', size: 9, sha256: sha256('content 1') });
  expect(await fetch(uri)).toEqual(first);
  version = 2;
  const second = await fetch(uri);
  expect(second.sha256).toBe(sha256('content 2'));
  expect(await readFile(second.path, 'utf8')).toBe('content 2');
  expect(await readFile(first.path, 'utf8')).toBe('content 1');
});

test('damaged cached content is fetched again, not used', async () => {
  const server = await aServer((request, response) => {
    if (request.headers['if-none-match']) response.writeHead(304).end();
    else response.writeHead(200, { etag: '"x"' }).end('content');
  });
  const { fetch } = await aFetcher({ allowedPrivateHosts });
  const first = await fetch(`${server.url}/a.jar`);
  await writeFile(first.path, 'c0ntent');
  const again = await fetch(`${server.url}/a.jar`);
  expect(await readFile(again.path, 'utf8')).toBe('content');
});

test('a local file that is replaced is read again', async () => {
  const folder = await aFolder();
  const path = join(folder, 'a.jar');
  const { fetch } = await aFetcher({ allowedDirectories: [folder] });
  await writeFile(path, 'one');
  const first = await fetch(pathToFileURL(path).href);
  await writeFile(path, 'two');
  const second = await fetch(pathToFileURL(path).href);
  expect([first.sha256, second.sha256]).toEqual([sha256('one'), sha256('two')]);
});

test.each([
  [404, 'ARTIFACT_NOT_FOUND'],
  [403, 'ARTIFACT_NOT_FOUND'],
  [401, 'ARTIFACT_NOT_FOUND'],
  [410, 'ARTIFACT_NOT_FOUND'],
  [304, 'ARTIFACT_NOT_FOUND'],
  [429, 'ARTIFACT_UNAVAILABLE'],
  [500, 'ARTIFACT_UNAVAILABLE'],
  [503, 'ARTIFACT_UNAVAILABLE'],
])('status %i is %s, in words that hold no query', async (status, code) => {
  const server = await aServer((_request, response) => {
    response.writeHead(status).end('x'.repeat(status === 304 ? 0 : 300_000));
  });
  const { fetch } = await aFetcher({ allowedPrivateHosts });
  const failed = fetch(`${server.url}/a.jar?token=canary`);
  await expect(failed).rejects.toMatchObject({ code });
  await expect(failed).rejects.not.toThrow(/canary/);
});

test('too much is refused, announced or not, and leaves nothing behind', async () => {
  const big = 'x'.repeat(2_000);
  const server = await aServer((request, response) => {
    if (request.url === '/announced') response.writeHead(200, { 'content-length': big.length });
    response.end(big);
  });
  const cacheDirectory = await aFolder();
  const { fetch } = await aFetcher({ allowedPrivateHosts, cacheDirectory, maxBytes: 1_999 });
  for (const path of ['announced', 'streamed']) {
    await expect(fetch(`${server.url}/${path}`)).rejects.toMatchObject({
      code: 'ARTIFACT_TOO_LARGE',
    });
  }
  expect(await filesIn(cacheDirectory)).toEqual([]);
});

test('a server that is away, breaks off or falls silent proves nothing: UNAVAILABLE (S25)', async () => {
  const server = await aServer((request, response) => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('half');
    if (request.url === '/breaks') response.destroy();
  });
  const cacheDirectory = await aFolder();
  const { fetch } = await aFetcher({ allowedPrivateHosts, cacheDirectory, idleMs: 300 });
  const unavailable = { code: 'ARTIFACT_UNAVAILABLE', retryable: true };
  await expect(fetch(`${server.url}/breaks`)).rejects.toMatchObject(unavailable);
  await expect(fetch(`${server.url}/silent`)).rejects.toMatchObject(unavailable);
  await expect(fetch('http://127.0.0.1:1/a.jar')).rejects.toMatchObject(unavailable);
  expect(await filesIn(cacheDirectory)).toEqual([]);
});

test('a name that does not exist is an answer, a resolver that is away is none', async () => {
  const failing = (code: string) => () => Promise.reject(Object.assign(new Error(code), { code }));
  const gone = await aFetcher({ lookup: failing('ENOTFOUND') });
  await expect(gone.fetch('https://a.example/x')).rejects.toMatchObject({
    code: 'ARTIFACT_NOT_FOUND',
  });
  const away = await aFetcher({ lookup: failing('EAI_AGAIN') });
  await expect(away.fetch('https://a.example/x')).rejects.toMatchObject({
    code: 'ARTIFACT_UNAVAILABLE',
  });
});

test('a slow download ends at its deadline, an aborted one at once', async () => {
  const server = await aServer((_request, response) => {
    response.writeHead(200);
    const drip = setInterval(() => response.write('x'), 20);
    response.on('close', () => clearInterval(drip));
  });
  const { fetch } = await aFetcher({ allowedPrivateHosts, totalMs: 300 });
  await expect(fetch(`${server.url}/a`)).rejects.toMatchObject({ code: 'ARTIFACT_UNAVAILABLE' });
  const { fetcher } = await aFetcher({ allowedPrivateHosts });
  const abort = new AbortController();
  const running = fetcher.fetch(`${server.url}/a`, abort.signal);
  abort.abort(new Error('given up'));
  await expect(running).rejects.toThrow('given up');
});

test('schemes of other stores are named as not supported', async () => {
  const { fetch } = await aFetcher();
  await expect(fetch('s3://bucket/a.jar')).rejects.toThrow(/s3:.*yet/);
});

/** All files below a folder. */
async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}
