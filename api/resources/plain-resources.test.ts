import { describe, expect, test } from 'vitest';
import { listOf } from '../openapi/shapes/envelope.ts';
import { systemInfo } from '../openapi/shapes/platform.ts';
import { defaultsResource, targetResource } from '../openapi/shapes/target.ts';
import { aDeployment, anApi, collection, refusal } from '../testing/api-under-test.ts';

const base = '/api/v1/namespaces/default';
const targets = `${base}/deployment-targets`;
const targetOf = async (response: Response) => targetResource.parse(await response.json());

describe('deployment targets (api.md 2.5)', () => {
  const body = {
    metadata: { name: 'k8s', labels: { tier: 1 } },
    spec: { kubernetes: { namespace: 'jobs' } },
  };

  test('are created, found by name and id, and listed', async () => {
    const { send, get } = await anApi();
    const made = await send('POST', targets, body);
    expect(made.status).toBe(201);
    const target = await targetOf(made);
    expect(target.metadata.labels).toEqual({ tier: '1' });
    for (const key of ['k8s', target.metadata.id]) {
      expect(await targetOf(await get(`${targets}/${key}`))).toEqual(target);
    }
    const { items } = listOf(targetResource).parse(await (await get(targets)).json());
    expect(items.map(({ metadata }) => metadata.name)).toEqual(['k8s', 'local']);
    expect(await refusal(await send('POST', targets, body), 409)).toMatchObject({
      code: 'ALREADY_EXISTS',
    });
  });

  test('of another API server name a context of the kubeconfig', async () => {
    const { send, get } = await anApi();
    const kubernetes = { namespace: 'jobs', context: 'far' };
    await send('POST', targets, { metadata: { name: 'far' }, spec: { kubernetes } });
    expect((await targetOf(await get(`${targets}/far`))).spec).toEqual({ kubernetes });
    const elsewhere = { spec: { kubernetes: { ...kubernetes, context: 'near' } } };
    await refusal(await send('PUT', `${targets}/far`, elsewhere), 400);
    const own = { metadata: { name: 'own' }, spec: { kubernetes: { ...kubernetes, context: '' } } };
    expect((await targetOf(await send('POST', targets, own))).spec).toEqual({
      kubernetes: { namespace: 'jobs' },
    });
  });

  test('PUT changes metadata only, and only when it differs', async () => {
    const { send } = await anApi();
    const first = await targetOf(await send('POST', targets, body));
    expect(await targetOf(await send('PUT', `${targets}/k8s`, body))).toEqual(first);
    const relabelled = { ...body, metadata: { labels: { tier: 'two' } } };
    const second = await targetOf(
      await send('PUT', `${targets}/k8s`, relabelled, { 'if-match': '"1"' }),
    );
    expect(second.metadata).toMatchObject({ resourceVersion: 2, labels: { tier: 'two' } });
    await refusal(await send('PUT', `${targets}/k8s`, body, { 'if-match': '"1"' }), 412);
    const moved = { ...body, spec: { kubernetes: { namespace: 'elsewhere' } } };
    await refusal(await send('PUT', `${targets}/k8s`, moved), 400);
    await refusal(await send('PUT', `${targets}/k8s`, { metadata: { name: 'other' } }), 400);
    const created = await send('PUT', `${targets}/fresh`, { spec: { local: {} } });
    expect(created.status).toBe(201);
  });

  test('of PUTs at once none is lost: each was the newest for a moment', async () => {
    const { send, get } = await anApi();
    const puts = (headers: Record<string, string> = {}) =>
      Promise.all(
        ['a', 'b', 'c', 'd'].map((by) =>
          send(
            'PUT',
            `${targets}/raced`,
            { metadata: { labels: { by } }, spec: body.spec },
            headers,
          ),
        ),
      );

    const first = await puts();
    expect(first.map(({ status }) => status).sort()).toEqual([200, 200, 200, 201]);
    const made = await Promise.all(first.map(targetOf));
    const versions = made.map(({ metadata }) => metadata.resourceVersion);
    expect(versions.sort()).toEqual([1, 2, 3, 4]);
    expect(new Set(made.map(({ metadata }) => metadata.id)).size).toBe(1);
    const newest = made.find(({ metadata }) => metadata.resourceVersion === 4);
    expect(await targetOf(await get(`${targets}/raced`))).toEqual(newest);

    const locked = await puts({ 'if-match': '"4"' });
    const refused = locked.filter(({ status }) => status === 412);
    expect(refused.length).toBeGreaterThanOrEqual(2);
    const { metadata } = await targetOf(await get(`${targets}/raced`));
    expect(metadata.resourceVersion).toBe(5);
  });

  test.each([
    [{ metadata: { name: 'a b' }, spec: { local: {} } }, 'metadata.name'],
    [{ metadata: { name: 'x'.repeat(251) }, spec: { local: {} } }, 'metadata.name'],
    [{ spec: { local: {} } }, 'metadata.name'],
    [{ metadata: { name: 'x' } }, 'spec.kubernetes'],
    [{ metadata: { name: 'x' }, spec: { yarn: {} } }, 'spec.kubernetes'],
    [{ metadata: { name: 'x' }, spec: { local: {}, kubernetes: {} } }, 'spec'],
    [
      { metadata: { name: 'x', labels: { a: { b: 1 } } }, spec: { local: {} } },
      'metadata.labels.a',
    ],
  ])('%j is refused for %s', async (wrong, field) => {
    const { send } = await anApi();
    const refused = await refusal(await send('POST', targets, wrong), 400);
    expect(refused.errors?.map((one) => one.field)).toEqual([field]);
  });

  test.each([
    [{ metadata: 3 }, 'metadata', 'must be an object'],
    [{ metadata: { name: ['x'] } }, 'metadata.name', 'must be a text'],
    [{ metadata: { name: 'x', labels: 'a' } }, 'metadata.labels', 'must be a map'],
    [{ spec: { kubernetes: { context: 'c'.repeat(254) } } }, 'spec.kubernetes.context', '253 c'],
    [{ spec: { kubernetes: { namespace: 'n'.repeat(64) } } }, 'spec.kubernetes.namespace', '63 c'],
    [{ spec: { kubernetes: { namespace: 'Not_One' } } }, 'spec.kubernetes.namespace', 'lower-case'],
    [{ spec: { kubernetes: { namespace: 'a-' } } }, 'spec.kubernetes.namespace', 'both ends'],
    [{ spec: { kubernetes: { namespace: '../b' } } }, 'spec.kubernetes.namespace', 'letters'],
  ])('%j is refused for %s in our own words: %s', async (wrong, field, words) => {
    const { send } = await anApi();
    const refused = await refusal(await send('POST', targets, wrong), 400);
    expect(refused.errors).toEqual([{ field, message: expect.stringContaining(words) }]);
  });

  test('are not deleted while a Deployment refers to them, by name or id', async () => {
    const { send, get } = await anApi();
    const local = await targetOf(await get(`${targets}/local`));
    for (const spec of [
      { deploymentTargetName: 'local' },
      { deploymentTargetId: local.metadata.id },
    ]) {
      expect((await send('POST', collection, aDeployment('user', spec))).status).toBe(201);
      await refusal(await send('DELETE', `${targets}/local`), 409);
      await send('DELETE', `${collection}/user`);
    }
    const deleted = await send('DELETE', `${targets}/local`);
    expect(deleted.status).toBe(200);
    expect((await targetOf(deleted)).metadata.name).toBe('local');
    await refusal(await get(`${targets}/local`), 404);
  });

  test('of 1.x may carry a patch set, which has no effect', async () => {
    const { send } = await anApi();
    const old = {
      ...body,
      spec: { ...body.spec, deploymentPatchSet: [{ op: 'add', path: '/x', value: 1 }] },
    };
    expect((await targetOf(await send('POST', targets, old))).spec).toEqual(body.spec);
  });
});

test('the defaults name the default target by name and id (api.md 2.6)', async () => {
  const { get, send } = await anApi();
  const local = await targetOf(await get(`${targets}/local`));
  const read = async () =>
    defaultsResource.parse(await (await get(`${base}/deployment-defaults`)).json());
  expect((await read()).spec).toEqual({
    deploymentTargetName: 'local',
    deploymentTargetId: local.metadata.id,
  });
  await send('DELETE', `${targets}/local`);
  expect((await read()).spec).toEqual({});
  await refusal(await send('POST', collection, aDeployment()), 400);
});

test('status and version are answered as clients ask for them (api.md 2.11)', async () => {
  const { get } = await anApi({ settings: { reportedVersion: '2.4.1' } });
  expect((await get('/api/v1/status')).status).toBe(200);
  const info = systemInfo.parse(await (await get('/api/v1/status/system-info')).json());
  expect(info.status.revisionInformation.buildVersion).toBe('2.4.1');
});

describe('probes', () => {
  const notReady = {
    live: () => true,
    ready: async () => ({ ready: false, checks: { temporal: 'away' } }),
  };

  test('readiness names what is missing; /swagger is 200 only once the API works (api.md 1.1)', async () => {
    const { get } = await anApi({ deps: { health: notReady } });
    const { reason, errors } = await refusal(await get('/readyz'), 503);
    expect({ reason, errors }).toEqual({
      reason: 'NOT_READY',
      errors: [{ field: 'temporal', message: 'away' }],
    });
    await refusal(await get('/swagger'), 503);
    expect((await get('/healthz')).status).toBe(200);
    const dead = await anApi({ deps: { health: { ...notReady, live: () => false } } });
    await refusal(await dead.get('/healthz'), 503);
  });

  test('metrics count requests by route, never by path', async () => {
    const { get } = await anApi();
    await get(`${collection}/secret-name`);
    await get('/no/such/path');
    const text = await (await get('/metrics')).text();
    expect(text).toContain('route="/api/v1/namespaces/{ns}/deployments/{idOrName}",status="404"');
    expect(text).toContain('route="none",status="404"');
    expect(text).not.toMatch(/secret-name|no\/such/);
    const labels = [...text.matchAll(/request_duration_seconds_count\{(.*)\}/g)].map((m) => m[1]);
    expect(labels).toEqual([
      'method="GET",route="/api/v1/namespaces/{ns}/deployments/{idOrName}",status="404"',
      'method="GET",route="none",status="404"',
    ]);
  });
});
