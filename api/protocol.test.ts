import { describe, expect, test } from 'vitest';
import { Refused, Unreachable } from '../src/core/errors/index.ts';
import type { Store } from '../src/store/store.ts';
import { freshSettings } from '../test/fixtures/documents/read.ts';
import { errorReply } from './openapi/shapes/platform.ts';
import { maxBodyBytes } from './parsing/limits.ts';
import { aDeployment, anApi, collection, refusal } from './testing/api-under-test.ts';

/** A store of which `deployments.list` fails in this way. */
async function failing(error: Error) {
  const { store } = await anApi();
  const broken: Store = {
    ...store,
    deployments: { ...store.deployments, list: () => Promise.reject(error) },
  };
  return anApi({ deps: { store: broken } });
}

describe('every refusal is the one error object (api.md 1.9)', () => {
  test('404 for unknown paths, whatever the prefix and verb', async () => {
    const { get, send } = await anApi();
    for (const path of [
      '/',
      '/api',
      '/api/v2/x',
      '/api/v1/namespaces/default/roles',
      '/artifacts/v1',
    ]) {
      const refused = await refusal(await get(path), 404);
      expect(refused).toMatchObject({ code: 'NOT_FOUND', error: 'Not Found', ok: false, path });
    }
    await refusal(await send('POST', '/nothing', {}), 404);
  });

  test('405 with Allow for verbs a path does not have', async () => {
    const { send } = await anApi();
    const answer = await send('PATCH', collection, {});
    expect(answer.headers.get('allow')).toBe('GET, HEAD, POST');
    await refusal(answer, 405);
    const target = await send('PATCH', '/api/v1/namespaces/default/deployment-targets/local', {});
    expect(target.headers.get('allow')).toBe('GET, HEAD, PUT, DELETE');
    const upload = await send('GET', '/artifacts/v1/namespaces/default/artifacts:upload');
    expect(upload.headers.get('allow')).toBe('POST');
    await refusal(await send('OPTIONS', collection), 405);
  });

  test.each([
    'deployments/%00',
    'jobs/%00',
    'jobs?deploymentId=%00',
    'events?jobId=a%00',
    'savepoints/%00',
    'deployment-targets/a%00',
  ])('400 for a NUL in %s: no database keeps one', async (path) => {
    const { get } = await anApi();
    const answer = await refusal(await get(`/api/v1/namespaces/default/${path}`), 400);
    expect(answer.reason).toBe('MALFORMED_PATH');
  });

  test('413 before anything is parsed, announced or streamed (N16)', async () => {
    const { send, app } = await anApi();
    const exactly = JSON.stringify({ a: 'x'.repeat(maxBodyBytes - 8) });
    expect(exactly.length).toBe(maxBodyBytes);
    await refusal(await send('POST', collection, exactly), 400);
    await refusal(await send('POST', collection, `${exactly} `), 413);
    const announced = { 'content-length': '100000000', 'content-type': 'text/plain' };
    await refusal(
      await app.request(collection, { method: 'POST', headers: announced, body: '{' }),
      413,
    );
  });

  test('415 names what is accepted', async () => {
    const { send } = await anApi();
    for (const type of ['text/plain', 'application/xml', 'application/json; charset=utf-16']) {
      const refused = await refusal(
        await send('POST', collection, '{}', { 'content-type': type }),
        415,
      );
      expect(refused.message).toContain('application/json');
    }
  });

  test('501 for what the original has and Sluice has not, never 404 (api.md 1.9)', async () => {
    const { send } = await anApi();
    const missing = [
      ['GET', '/api/v1/namespaces/default/secret-values'],
      ['POST', '/api/v1/namespaces/default/sessionclusters'],
      ['DELETE', '/api/v1/namespaces/default/savepoints/x'],
      ['PATCH', '/api/v1/namespaces/default/deployment-defaults'],
      ['GET', '/namespaces/v1/namespaces/default'],
      ['POST', '/api/v1/namespaces'],
      ['GET', '/api/v1/namespaces/default'],
      ['GET', '/api/v1/api-tokens'],
      ['DELETE', '/api/v1/api-tokens/ci'],
      ['POST', '/sql/v1beta1/namespaces/default/sqlscripts:validate'],
    ];
    for (const [method = '', path = ''] of missing) {
      expect((await refusal(await send(method, path), 501)).code).toBe('UNIMPLEMENTED');
    }
  });

  test('503 with Retry-After when a part we need does not answer, never an empty list', async () => {
    const { get, logged } = await failing(
      new Unreachable('STORE_UNAVAILABLE', 'the database is away'),
    );
    const answer = await get(collection);
    expect(answer.headers.get('retry-after')).toBe('5');
    expect(await refusal(answer, 503)).toMatchObject({
      code: 'UNAVAILABLE',
      reason: 'STORE_UNAVAILABLE',
    });
    expect(logged.join('')).toContain('the database is away');
  });

  test('500 for what nobody foresaw: no text of it, no stack, but the id to find it by (S19)', async () => {
    for (const error of [new Error('password=hunter2'), new Refused('JOB_HAS_RUN', 'hunter2')]) {
      const { get, logged } = await failing(error);
      const answer = await get(collection);
      const text = await answer.clone().text();
      expect(text).not.toContain('hunter2');
      expect(text).not.toContain('at ');
      const { message } = await refusal(answer, 500);
      const id = /request (\S+) in the log/.exec(message)?.[1];
      expect(answer.headers.get('x-request-id')).toBe(id);
      expect(logged.join('')).toContain(id);
    }
  });

  test('400 for paths that cannot be decoded', async () => {
    const { get } = await anApi();
    await refusal(await get(`${collection}/%zz`), 400);
    await refusal(await get(`${collection}/%ff`), 400);
  });

  test('in YAML only where Accept asks for it', async () => {
    const { app } = await anApi();
    const asked = await app.request('/nothing', { headers: { accept: 'application/yaml' } });
    expect(asked.headers.get('content-type')).toBe('application/yaml');
    expect(await asked.text()).toMatch(/^message: /);
  });
});

describe('media types of replies (api.md 1.2)', () => {
  test.each([
    [undefined, 'application/json'],
    ['*/*', 'application/json'],
    ['text/html,application/xhtml+xml,*/*;q=0.8', 'application/json'],
    ['image/png', 'application/json'],
    ['application/*', 'application/json'],
    ['application/yaml', 'application/yaml'],
    ['text/yaml', 'text/yaml'],
    ['application/json;q=0.5, application/yaml', 'application/yaml'],
    ['*/*, application/yaml;q=0.5', 'application/json'],
    ['application/yaml;q=0', 'application/json'],
  ])('Accept: %s gives %s', async (accept, type) => {
    const { app } = await anApi();
    const headers = accept === undefined ? {} : { accept };
    const answer = await app.request(collection, { headers });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toContain(type);
  });

  test('YAML quotes what any reader would take for another type', async () => {
    const { send, app } = await anApi();
    const body = aDeployment('quoted');
    const labels = {
      a: 'true',
      b: 'yes',
      c: '012',
      d: '12:30:45',
      e: '2022-01-23',
      f: '1.10',
      g: '~',
    };
    await send('POST', collection, { ...body, metadata: { ...body.metadata, labels } });
    const answer = await app.request(`${collection}/quoted`, { headers: { accept: 'text/yaml' } });
    const text = await answer.text();
    for (const value of Object.values(labels)) {
      expect(text).toMatch(new RegExp(`: ["']${value}["']\n`));
    }
  });

  test('platform APIs answer JSON only', async () => {
    const { app } = await anApi();
    const path = '/artifacts/v1/namespaces/default/artifacts:list';
    const answer = await app.request(path, { headers: { accept: 'application/yaml' } });
    expect(answer.headers.get('content-type')).toContain('application/json');
  });
});

describe('what strangers send', () => {
  test('line breaks in strings keep each log record one line (N14)', async () => {
    const { send, logged } = await anApi();
    const forged = 'a\r\n{"level":60,"msg":"forged"}';
    const headers = { 'x-request-id': encodeURIComponent(forged) };
    await send('GET', `${collection}/${encodeURIComponent(forged)}`, undefined, headers);
    expect(logged.length).toBeGreaterThan(0);
    for (const line of logged) {
      expect(line.trimEnd().split('\n')).toHaveLength(1);
      expect(JSON.parse(line)).not.toMatchObject({ msg: 'forged' });
    }
  });

  test('keys such as __proto__ pollute nothing and break nothing (N15)', async () => {
    const { send } = await anApi();
    const text = JSON.stringify(aDeployment('proto')).replace(
      '"metadata":{',
      '"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"metadata":{"labels":{"__proto__":"x","constructor":"y"},',
    );
    const created = await send('POST', collection, text);
    expect(created.status).toBe(201);
    expect(Object.prototype).not.toHaveProperty('polluted');
    expect(await created.text()).toContain('"constructor":"y"');
  });

  test('HTML in a name is data: JSON, a policy that runs no script, no sniffing (N17)', async () => {
    const { send, get } = await anApi();
    const name = '<script>alert(1)</script>';
    await send('POST', collection, aDeployment(name));
    const answer = await get(`${collection}/${encodeURIComponent(name)}`);
    expect(answer.headers.get('content-type')).toContain('application/json');
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  });

  test('a name of 300 characters is refused (N13)', async () => {
    const { send } = await anApi();
    const refused = await refusal(
      await send('POST', collection, aDeployment('n'.repeat(300))),
      400,
    );
    expect(refused.errors).toMatchObject([{ field: 'metadata.name' }]);
  });

  test('a URI that is never fetched is refused with the document, in one text (N01, N06, N07)', async () => {
    const artifactUris = { allowedDirectories: [], allowHttp: false };
    const documentSettings = () => ({ ...freshSettings, artifactUris });
    const { send } = await anApi({ settings: { documentSettings } });
    const body = aDeployment('jar');
    expect((await send('POST', collection, body)).status).toBe(201);
    const more = ['https://a/b', 'jar:c'];
    const artifact = { jarUri: 'http://a/b', additionalDependencies: more };
    const patch = { spec: { template: { spec: { artifact } } } };
    const refused = await refusal(await send('PATCH', `${collection}/jar`, patch), 400);
    const message = expect.stringContaining('cannot be fetched');
    const at = 'spec.template.spec.artifact';
    expect(refused.errors).toEqual([
      { field: `${at}.jarUri`, message },
      { field: `${at}.additionalDependencies[1]`, message },
    ]);
    const other = { ...aDeployment('other'), spec: { template: { spec: { artifact } } } };
    expect(await refusal(await send('POST', collection, other), 400)).toMatchObject({
      errors: refused.errors,
    });
  });

  test('garbage of every kind gets an error object, never a crash', async () => {
    const { send } = await anApi();
    const garbage = [
      '',
      ' ',
      '[]',
      '3',
      'null',
      '"x"',
      '{',
      '{"a":}',
      '\u0000',
      '- a: b',
      '%',
      '{"metadata":[]}',
    ];
    for (const text of garbage) {
      for (const type of ['application/json', 'application/yaml', '']) {
        const answer = await send('POST', collection, text, { 'content-type': type });
        expect(errorReply.parse(await answer.json()).status, JSON.stringify(text)).toBe(400);
      }
    }
  });
});
