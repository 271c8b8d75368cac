import { describe, expect, test } from 'vitest';
import { isLoopbackHost, listenProblem } from './listen.ts';
import { maxBodyBytes } from './parsing/limits.ts';
import { aDeployment, anApi, collection, refusal } from './testing/api-under-test.ts';

const token = 'a-long-enough-secret';
const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` });

describe('with a token', () => {
  test('only that token passes; all others get 401 that says what to send (N18)', async () => {
    const { send } = await anApi({ token });
    expect((await send('GET', collection, undefined, bearer(token))).status).toBe(200);
    const wrong = [
      {},
      bearer('other'),
      bearer(`${token}x`),
      bearer(''),
      { authorization: token },
      { authorization: `Basic ${btoa(`x:${token}`)}` },
    ];
    for (const headers of wrong) {
      const answer = await send('GET', collection, undefined, headers);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="sluice"');
      expect(await refusal(answer, 401)).toMatchObject({ code: 'UNAUTHENTICATED' });
    }
  });

  test('a stranger learns nothing: unknown paths, namespaces and verbs are 401 too', async () => {
    const { send } = await anApi({ token });
    await refusal(await send('GET', '/nothing'), 401);
    await refusal(await send('GET', '/api/v1/namespaces/nowhere/deployments'), 401);
    await refusal(await send('PATCH', collection, {}), 401);
    await refusal(await send('GET', '/metrics'), 401);
  });

  test('a body beyond its limit is refused before the token is looked at (N16)', async () => {
    const { send } = await anApi({ token });
    await refusal(await send('POST', collection, 'x'.repeat(maxBodyBytes + 1)), 413);
  });

  test('probes and the description stay open', async () => {
    const { get } = await anApi({ token });
    for (const path of ['/healthz', '/readyz', '/swagger', '/swagger.json', '/openapi.json']) {
      expect((await get(path)).status, path).toBe(200);
    }
  });

  test('guessing gets 429, until the window is over; the right token always passes (N22)', async () => {
    const { send, time } = await anApi({ token });
    const guess = () => send('GET', collection, undefined, bearer('guess'));
    for (let i = 0; i < 10; i += 1) await refusal(await guess(), 401);
    const blocked = await guess();
    expect(Number(blocked.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await refusal(blocked, 429)).toMatchObject({ code: 'RESOURCE_EXHAUSTED' });
    expect((await send('GET', collection, undefined, bearer(token))).status).toBe(200);
    time.now += 60_000;
    await refusal(await guess(), 401);
  });

  test('the token is never logged (S19)', async () => {
    const { send, logged } = await anApi({ token });
    await send('GET', collection, undefined, bearer(token));
    await send('GET', collection, undefined, bearer('canary-guess'));
    expect(logged.length).toBeGreaterThan(0);
    expect(logged.join('')).not.toMatch(new RegExp(`${token}|canary-guess`));
  });

  test('host and origin do not matter: the token is the proof', async () => {
    const { app } = await anApi({ token });
    const headers = { ...bearer(token), origin: 'https://console.example.com' };
    const answer = await app.request(`http://sluice.example.com${collection}`, { headers });
    expect(answer.status).toBe(200);
  });
});

describe('without a token', () => {
  test('the Authorization header is ignored (api.md 1.10)', async () => {
    const { send } = await anApi();
    const headers = { authorization: 'Bearer dummy' };
    expect((await send('GET', collection, undefined, headers)).status).toBe(200);
  });

  test.each([
    'http://localhost:8080',
    'http://127.0.0.1',
    'http://127.77.0.1:1',
    'http://[::1]:8080',
    'http://sluice.localhost',
  ])('a request to %s passes, from its own pages too', async (base) => {
    const { app } = await anApi();
    expect((await app.request(base + collection)).status).toBe(200);
    const own = { headers: { origin: base, 'sec-fetch-site': 'same-origin' } };
    expect((await app.request(base + collection, own)).status).toBe(200);
  });

  test('a re-bound name of a web page is refused (DNS rebinding)', async () => {
    const { app } = await anApi();
    for (const host of ['evil.example.com', 'localhost.evil.com', '10.0.0.1', '[::2]']) {
      await refusal(await app.request(`http://${host}:8080${collection}`), 403);
    }
  });

  test('a POST of a foreign page is refused and has no effect', async () => {
    const { send, get } = await anApi();
    const foreign = [
      { origin: 'https://evil.example.com' },
      { origin: 'null' },
      { origin: 'http://localhost:3000' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ];
    for (const headers of foreign) {
      await refusal(await send('POST', collection, aDeployment('csrf'), { ...headers }), 403);
    }
    await refusal(await get(`${collection}/csrf`), 404);
  });
});

test('listening off loopback needs a token, and a token needs a length (design.md 4)', () => {
  for (const host of ['127.0.0.1', 'localhost', '::1', '127.1.2.3']) {
    expect(listenProblem(host, undefined)).toBeUndefined();
  }
  for (const host of ['0.0.0.0', '::', '192.168.1.5', 'sluice.example.com', '']) {
    expect(listenProblem(host, undefined), host).toContain('token');
    expect(listenProblem(host, token)).toBeUndefined();
  }
  expect(listenProblem('127.0.0.1', 'short')).toContain('16');
  expect(isLoopbackHost('127.evil.com')).toBe(false);
});
