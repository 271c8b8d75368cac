import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { errorReply } from './openapi/shapes/platform.ts';
import { serve } from './server.ts';
import { anApi } from './testing/api-under-test.ts';

async function aServedApi() {
  const { app } = await anApi();
  const running = await serve(app, { host: '127.0.0.1', port: 0 });
  onTestFinished(() => running.close(100));
  return Number(new URL(running.url).port);
}

/** Sends bytes as they are, and reads until the server closes. */
const raw = (port: number, bytes: string) =>
  new Promise<{
    status: number;
    allow: string | undefined;
    type: string | undefined;
    body: string;
  }>((resolve, reject) => {
    let text = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('error', reject);
    socket.on('close', () => {
      const [head = '', body = ''] = text.split('\r\n\r\n');
      const header = (name: string) => new RegExp(`^${name}: (.*)$`, 'im').exec(head)?.[1];
      const status = Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1]);
      resolve({ status, allow: header('allow'), type: header('content-type'), body });
    });
  });

const host = '\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n';

test.each([
  ['FOO /api/v1/status HTTP/1.1', 405],
  ['get /api/v1/status HTTP/1.1', 405],
  ['CONNECT example.com:80 HTTP/1.1', 405],
  ['TRACE /api/v1/status HTTP/1.1', 405],
  ['PROPFIND /api/v1/status HTTP/1.1', 405],
  ['GET /api/v1/status HTTP/9.9', 400],
  ['GET nowhere HTTP/1.1', 400],
])('%s gets the one error object with %i (api.md 1.4, 1.9)', async (line, status) => {
  const answer = await raw(await aServedApi(), `${line}${host}`);
  expect(answer.status).toBe(status);
  expect(answer.type).toContain('application/json');
  expect(errorReply.parse(JSON.parse(answer.body))).toMatchObject({ status });
  if (status === 405) expect(answer.allow).toMatch(/^GET, HEAD/);
});

test('so do a host that is none, and too much in the head of a request', async () => {
  const port = await aServedApi();
  const line = 'GET /api/v1/status HTTP/1.1\r\nConnection: close\r\n';
  const nowhere = await raw(port, `${line}Host: a/../b\r\n\r\n`);
  expect(errorReply.parse(JSON.parse(nowhere.body)).status).toBe(400);
  const large = await raw(port, `${line}X: ${'x'.repeat(20_000)}${host}`);
  expect(errorReply.parse(JSON.parse(large.body)).status).toBe(431);
});

test('rubbish behind a request is not answered into its answer', async () => {
  const port = await aServedApi();
  const good = 'GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n';
  const { body } = await raw(port, `${good}FOO${host}`);
  expect(body).not.toContain('METHOD_NOT_ALLOWED');
});

test('a client that resets its connection in the middle of that ends nothing', async () => {
  const port = await aServedApi();
  for (const line of ['CONNECT example.com:80 HTTP/1.1', 'FOO / HTTP/1.1'])
    await new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.write(`${line}${host}`, () => socket.resetAndDestroy());
      });
      socket.on('close', resolve);
    });
  const answer = await raw(port, `GET /healthz HTTP/1.1${host}`);
  expect(answer.status).toBe(200);
});
