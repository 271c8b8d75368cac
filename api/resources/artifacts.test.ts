import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { artifactList, artifactReply } from '../openapi/shapes/platform.ts';
import { serve } from '../server.ts';
import { anApi, type Given, refusal } from '../testing/api-under-test.ts';

const base = '/artifacts/v1/namespaces/default/artifacts';

function form(name: string, content: string, field = 'file'): FormData {
  const data = new FormData();
  data.append(field, new Blob([content]), name);
  return data;
}

/** The API on a real socket: what streams and breaks off cannot be seen without one. */
async function aServedApi(given: Given = {}) {
  const api = await anApi(given);
  const running = await serve(api.app, { host: '127.0.0.1', port: 0 });
  onTestFinished(() => running.close(100));
  return { ...api, url: running.url, port: Number(new URL(running.url).port) };
}

describe('artifacts (api.md 2.12)', () => {
  test('are uploaded with exactly 200, replaced by name, listed, described and deleted', async () => {
    const { url } = await aServedApi();
    for (const content of ['first', 'second one']) {
      const answer = await fetch(`${url}${base}:upload`, {
        method: 'POST',
        body: form('job.jar', content),
      });
      expect(answer.status).toBe(200);
      const { artifact } = artifactReply.parse(await answer.json());
      expect(artifact).toMatchObject({ filename: 'job.jar', size: content.length });
      expect(artifact.uri).toMatch(/\/artifacts\/namespaces\/default\/job\.jar$/);
      expect(await readFile(fileURLToPath(artifact.uri), 'utf8')).toBe(content);
    }
    const listed = artifactList.parse(await (await fetch(`${url}${base}:list`)).json());
    expect(listed.artifacts).toHaveLength(1);
    const known = await fetch(`${url}${base}:metadata?filename=job.jar`);
    expect(artifactReply.parse(await known.json()).artifact).toEqual(listed.artifacts[0]);
    const encoded = `${base}%3Adelete?filename=job.jar`;
    const deleted = await fetch(url + encoded, { method: 'DELETE' });
    expect(deleted.status).toBe(200);
    await refusal(await fetch(`${url}${base}:delete?filename=job.jar`, { method: 'DELETE' }), 404);
  });

  test.each(['../evil.jar', 'a/b.jar', '.hidden', '..'])(
    'the name %s is refused (N09)',
    async (name) => {
      const { url } = await aServedApi();
      const answer = await fetch(`${url}${base}:upload`, { method: 'POST', body: form(name, 'x') });
      await refusal(answer, 400);
      const listed = artifactList.parse(await (await fetch(`${url}${base}:list`)).json());
      expect(listed.artifacts).toEqual([]);
    },
  );

  test('too large is 413: announced before a byte is read, streamed as soon as it is too much', async () => {
    const { url, app } = await aServedApi({ settings: { maxUploadBytes: 200_000 } });
    const body = form('big.jar', 'x'.repeat(200_001));
    await refusal(await fetch(`${url}${base}:upload`, { method: 'POST', body }), 413);
    const headers = {
      'content-type': 'multipart/form-data; boundary=x',
      'content-length': '99999999',
    };
    await refusal(
      await app.request(`${base}:upload`, { method: 'POST', headers, body: '--x' }),
      413,
    );
    const fits = form('fits.jar', 'x'.repeat(200_000));
    expect((await fetch(`${url}${base}:upload`, { method: 'POST', body: fits })).status).toBe(200);
  });

  test('an upload may be larger than a document', async () => {
    const { url } = await aServedApi();
    const body = form('big.jar', 'x'.repeat(3_000_000));
    const answer = await fetch(`${url}${base}:upload`, { method: 'POST', body });
    expect(artifactReply.parse(await answer.json()).artifact.size).toBe(3_000_000);
  });

  test('other media types, other parts and broken framing are refused', async () => {
    const { send } = await anApi();
    const type = (boundary: string) => ({ 'content-type': `multipart/form-data${boundary}` });
    await refusal(await send('POST', `${base}:upload`, '{}'), 415);
    await refusal(await send('POST', `${base}:upload`, form('a.jar', 'x', 'other')), 400);
    await refusal(await send('POST', `${base}:upload`, 'x', type('')), 400);
    await refusal(await send('POST', `${base}:upload`, '--b\r\nbroken', type('; boundary=b')), 400);
    const truncated =
      '--b\r\nContent-Disposition: form-data; name="file"; filename="a.jar"\r\n\r\nhalf';
    await refusal(await send('POST', `${base}:upload`, truncated, type('; boundary=b')), 400);
    await refusal(await send('GET', `${base}:metadata?filename=a.jar`), 404);
    await refusal(await send('GET', `${base}:metadata`), 400);
  });

  test('a client that goes away in the middle stores nothing', async () => {
    const { url, port } = await aServedApi();
    const head = `POST ${base}:upload HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 100000\r\n\r\n`;
    const part = '--b\r\nContent-Disposition: form-data; name="file"; filename="a.jar"\r\n\r\nhalf';
    await new Promise<void>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.write(head + part, () => socket.destroy());
      });
      socket.on('close', () => resolve());
    });
    const listed = artifactList.parse(await (await fetch(`${url}${base}:list`)).json());
    expect(listed.artifacts).toEqual([]);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });
});

test('a served API tells its real port, refuses foreign hosts, and closes', async () => {
  const { app } = await anApi();
  const running = await serve(app, { host: '127.0.0.1', port: 0 });
  expect((await fetch(`${running.url}/healthz`)).status).toBe(200);
  const { port } = new URL(running.url);
  await expect(serve(app, { host: '127.0.0.1', port: Number(port) })).rejects.toMatchObject({
    code: 'EADDRINUSE',
  });
  await running.close();
  await expect(fetch(`${running.url}/healthz`)).rejects.toThrow();
});
