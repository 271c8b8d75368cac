import type { IncomingMessage } from 'node:http';
import { Agent } from 'undici';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Script, ScriptedFlink } from '../../../test/support/scripted-flink.ts';
import { createApi, type KubernetesApi } from './api.ts';
import { forever } from './testing/clusters.ts';

const pods = '/api/v1/namespaces/a/pods';
const unreachable = { code: 'TARGET_UNREACHABLE', retryable: true };
const status = (code: number, reason: string, message = 'its words'): Script => ({
  status: code,
  body: { kind: 'Status', reason, message },
});

let server: ScriptedFlink;
let agent: Agent;
let api: KubernetesApi;
beforeEach(async () => {
  server = await ScriptedFlink.start('none');
  agent = new Agent({ maxResponseSize: 100_000 });
  api = createApi(
    {
      server: new URL(`${server.url}/base/`),
      agent,
      ownNamespace: 'a',
      isInside: false,
      headers: async () => ({ authorization: 'Bearer t' }),
      close: () => agent.destroy(),
    },
    300,
  );
});
afterEach(async () => {
  await agent.destroy();
  await server.stop();
});

const answerGet = (script: Script) => server.answer(`GET /base${pods}/p`, script);
const get = () => api.get(pods, 'p', forever);

describe('each call says who asks, and what it wants', () => {
  const patch = (query: string) => `PATCH /base${pods}/p?${query}`;
  test.each<[string, string, string | undefined, () => Promise<unknown>]>([
    ['get', `GET /base${pods}/a%2Fb`, undefined, () => api.get(pods, 'a/b', forever)],
    [
      'create',
      `POST /base${pods}?fieldManager=sluice`,
      'application/json',
      () => api.create(pods, {}, forever),
    ],
    [
      'apply',
      patch('fieldManager=sluice&force=true'),
      'application/apply-patch+yaml',
      () => api.apply(pods, { metadata: { name: 'p' } }, forever),
    ],
    [
      'merge',
      patch('fieldManager=sluice'),
      'application/merge-patch+json',
      () => api.merge(pods, 'p', {}, forever),
    ],
  ])('%s', async (_, line, contentType, call) => {
    let seen: IncomingMessage['headers'] = {};
    server.answer(line, (response, request) => {
      seen = request.headers;
      response.end('{"ok":true}');
    });
    expect(await call()).toEqual({ ok: true });
    expect(seen).toMatchObject({ authorization: 'Bearer t', accept: 'application/json' });
    expect(seen['content-type']).toBe(contentType);
  });

  test('remove names the very object, by its uid', async () => {
    const line = `DELETE /base${pods}/p`;
    server.answer(line, { status: 200, body: {} });
    await api.remove(pods, { name: 'p', uid: 'u', gracePeriodSeconds: 1 }, forever);
    expect(JSON.parse(server.bodies(line)[0] ?? '')).toMatchObject({
      preconditions: { uid: 'u' },
      propagationPolicy: 'Foreground',
      gracePeriodSeconds: 1,
    });
  });

  test.each([404, 409])('remove is content with %i: it is gone, or another', async (code) => {
    server.answer(`DELETE /base${pods}/p`, status(code, 'Conflict'));
    await api.remove(pods, { name: 'p', uid: 'u' }, forever);
  });
});

describe('a list', () => {
  const first = `GET /base${pods}?limit=500&labelSelector=l%3Dv`;
  const page = (next: string, ...items: unknown[]) => ({
    status: 200,
    body: { metadata: { resourceVersion: '7', continue: next }, items },
  });
  const expired = status(410, 'Expired', 'The provided continue parameter is too old');
  const list = () => api.list(pods, 'l=v', forever);

  test('is read page by page, as it was at one moment', async () => {
    server.answer(first, page('a/b', 1, 2));
    server.answer(`${first}&continue=a%2Fb`, page('c', 3));
    server.answer(`${first}&continue=c`, page('', 4));
    expect(await list()).toMatchObject({ metadata: { resourceVersion: '7' }, items: [1, 2, 3, 4] });
  });

  test('whose pages have expired is read anew, and what was read before does not count', async () => {
    let lists = 0;
    server.answer(first, (response) => {
      lists += 1;
      response.end(JSON.stringify(page(`from-${lists}`, lists).body));
    });
    server.answer(`${first}&continue=from-1`, expired);
    server.answer(`${first}&continue=from-2`, page('', 3));
    expect(await list()).toMatchObject({ items: [2, 3] });
  });

  test('whose pages expire again and again is no answer (S25)', async () => {
    server.answer(first, page('next', 1));
    server.answer(`${first}&continue=next`, expired);
    await expect(list()).rejects.toMatchObject(unreachable);
    expect(server.count(first)).toBe(3);
  });

  test('without an end is given up', async () => {
    server.answer(first, page('next', 1));
    server.answer(`${first}&continue=next`, page('next', 1));
    await expect(list()).rejects.toMatchObject(unreachable);
    expect(server.calls).toHaveLength(100);
  });

  test('that is none is no answer', async () => {
    server.answer(first, { status: 200, body: { items: 'none' } });
    await expect(list()).rejects.toMatchObject(unreachable);
  });

  test('by fields; of one page; without what the objects hold', async () => {
    server.answer(`GET /base${pods}?limit=500&fieldSelector=f%3Dv`, page('next', 1));
    const one = { fieldSelector: 'f=v', onePage: true };
    expect(await api.list(pods, one, forever)).toMatchObject({ items: [1] });
    let accept: string | undefined;
    server.answer(first, (response, { headers }) => {
      accept = headers.accept;
      response.end(JSON.stringify(page('', 1).body));
    });
    await api.list(pods, { labelSelector: 'l=v', onlyMetadata: true }, forever);
    expect(accept).toBe('application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1');
  });

  test('an empty one of metadata has no array; of all others that is no answer (S25)', async () => {
    const empty = (kind: string) => ({ status: 200, body: { kind, metadata: {}, items: null } });
    server.answer(first, empty('PartialObjectMetadataList'));
    expect(await list()).toMatchObject({ items: [] });
    server.answer(first, empty('PodList'));
    await expect(list()).rejects.toMatchObject(unreachable);
  });
});

describe('what the API server decides is told in its words', () => {
  test('404: there is none', async () => {
    answerGet(status(404, 'NotFound'));
    expect(await get()).toBeUndefined();
  });

  test.each([403, 422])('%i', async (code) => {
    answerGet(status(code, 'Forbidden'));
    const refusal = { name: 'KubernetesRefusal', status: code, message: 'its words' };
    await expect(get()).rejects.toMatchObject(refusal);
  });

  test('409 AlreadyExists is a refusal to make it; 409 Conflict asks to try again', async () => {
    const line = `POST /base${pods}?fieldManager=sluice`;
    server.answer(line, status(409, 'AlreadyExists'));
    await expect(api.create(pods, {}, forever)).rejects.toMatchObject({ status: 409 });
    server.answer(line, status(409, 'Conflict', 'cannot be fulfilled on resourcequotas'));
    await expect(api.create(pods, {}, forever)).rejects.toMatchObject(unreachable);
  });
});

describe('what decides nothing is no answer (S25)', () => {
  test.each<[string, Script]>([
    ['a login that ran out', status(401, 'Unauthorized')],
    ['a time-out', status(408, 'Timeout')],
    ['a rush', status(429, 'TooManyRequests')],
    ['an accident', status(500, 'InternalError')],
    ['a gateway', { status: 503, body: '<html>' }],
    ['a page with HTTP 200', { status: 200, body: '<html>' }],
    ["a proxy's 404", { status: 404, body: '404 page not found' }],
    ["a proxy's 403", { status: 403, body: { error: 'no' } }],
    ['a redirect', { status: 302, body: '', headers: { location: '/login' } }],
    ['too much', { status: 200, body: JSON.stringify('x'.repeat(200_000)) }],
    [
      'half an answer',
      (response) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('{"kind":', () => response.destroy());
      },
    ],
    ['silence', () => undefined],
  ])('%s', async (_, script) => {
    answerGet(script);
    await expect(get()).rejects.toMatchObject(unreachable);
  });

  test('the caller ends the wait, with its own reason', async () => {
    const caller = new AbortController();
    const reason = new Error('given up');
    answerGet(() => caller.abort(reason));
    await expect(api.get(pods, 'p', caller.signal)).rejects.toBe(reason);
  });
});
