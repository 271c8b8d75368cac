import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { deploymentList, deploymentResource } from '../openapi/shapes/deployment.ts';
import { eventList } from '../openapi/shapes/event.ts';
import {
  aDeployment,
  anApi,
  collection,
  deploymentOf,
  refusal,
} from '../testing/api-under-test.ts';

const fixture = (name: string): string =>
  readFileSync(new URL(`../../test/fixtures/documents/${name}`, import.meta.url), 'utf8');
const yaml = { 'content-type': 'application/yaml' };

/** What clients compare: the reply minus what they know the server adds (drift trap, api.md 1.7). */
function withoutServerParts({ spec, metadata }: Awaited<ReturnType<typeof deploymentOf>>) {
  const annotations = Object.entries(metadata.annotations).filter(
    ([key]) => !key.startsWith('com.dataartisans.appmanager.controller.deployment.'),
  );
  const { name, displayName, namespace, labels } = metadata;
  return { spec, metadata: { name, displayName, namespace, labels, annotations } };
}

describe('the examples', () => {
  test("the page's full example is accepted as it stands, with a warning about its target (M34)", async () => {
    const { send, get } = await anApi();
    const created = await send('POST', collection, fixture('deployment-full.yaml'), yaml);
    expect(created.status).toBe(201);
    expect(created.headers.get('warning')).toMatch(
      /^299 sluice ".*deploymentTargetId.*does not exist/,
    );
    const body = deploymentResource.parse(await created.json());
    expect(body.spec.template.spec.artifact.flinkVersion).toBe('1.6');
    expect(body.spec.template.spec.flinkConfiguration['taskmanager.numberOfTaskSlots']).toBe('1');
    expect(body.status.state).toBe('TRANSITIONING');
    const byName = await get(`${collection}/TopSpeedWindowing%20Example`);
    expect(deploymentResource.parse(await byName.json())).toEqual(body);
  });

  test('the minimal example gets the documented reply once its job runs', async () => {
    const { send, get, deployments } = await anApi();
    const created = await send('POST', collection, fixture('deployment-minimal.yaml'), yaml);
    const { metadata } = deploymentResource.parse(await created.json());
    const job = await deployments.reachesRunning(metadata);
    const reply = await deploymentOf(get(`${collection}/top-speed`));
    const expected = JSON.parse(fixture('deployment-minimal.reply.json'));
    const times = /"\d{4}-\d\d-\d\dT[^"]*Z"/g;
    const normal = (tree: unknown) =>
      JSON.stringify(tree)
        .replaceAll(times, '"a time"')
        .replaceAll(/"[0-9a-f-]{36}"/g, '"an id"');
    expect(normal(reply)).toBe(normal(expected));
    expect(reply.status.running?.jobId).toBe(job.id);
  });

  test.each([
    ['as JSON', 'application/json'],
    ['as YAML', 'application/yaml'],
  ])(
    'a reply sent back %s changes nothing: no drift, no event, no new version (S16)',
    async (_how, type) => {
      const { send, get, app, store } = await anApi();
      const created = await send('POST', collection, fixture('deployment-minimal.yaml'), yaml);
      const { id } = (await deploymentOf(created)).metadata;
      const before = await app.request(`${collection}/${id}`, { headers: { accept: type } });
      const text = await before.text();
      expect(before.headers.get('content-type')).toContain(type);
      const events = await store.events.list('default', {});
      for (const method of ['PATCH', 'PUT']) {
        const after = await send(method, `${collection}/${id}`, text, { 'content-type': type });
        expect(after.status).toBe(200);
        const reply: unknown = await after.json();
        expect(reply).toEqual(type === 'application/json' ? JSON.parse(text) : parse(text));
      }
      expect(await store.events.list('default', {})).toEqual(events);
      const again = await deploymentOf(get(`${collection}/${id}`));
      const posted = await send('POST', collection, {
        ...again,
        metadata: { ...again.metadata, name: 'twin' },
      });
      const twin = withoutServerParts(await deploymentOf(posted));
      expect({ ...twin, metadata: { ...twin.metadata, name: 'top-speed' } }).toEqual(
        withoutServerParts(again),
      );
    },
  );
});

describe('creating', () => {
  test('without spec.state it is CANCELLED at once, on the default target', async () => {
    const { send, get } = await anApi();
    const created = await send('POST', collection, aDeployment('plain'));
    expect(created.status).toBe(201);
    expect(created.headers.get('warning')).toBeNull();
    const body = deploymentResource.parse(await created.json());
    expect(body.status).toEqual({ state: 'CANCELLED' });
    expect(body.spec.deploymentTargetName).toBe('local');
    const { items } = deploymentList.parse(await (await get(collection)).json());
    expect(items).toEqual([body]);
  });

  test('every bad field is named at once', async () => {
    const { send } = await anApi();
    const body = aDeployment('bad', { state: 'SLEEPING', maxJobCreationAttempts: 0 });
    const refused = await refusal(await send('POST', collection, body), 400);
    expect(refused.reason).toBe('VALIDATION_FAILED');
    expect(refused.errors?.map(({ field }) => field).sort()).toEqual([
      'spec.maxJobCreationAttempts',
      'spec.state',
    ]);
  });

  test('a name that exists is 409; an Idempotency-Key makes the repeat meet the first', async () => {
    const { send } = await anApi();
    const key = { 'idempotency-key': 'deploy-42' };
    const first = await deploymentOf(send('POST', collection, aDeployment('once'), key));
    const second = await send('POST', collection, aDeployment('once'), key);
    expect(second.status).toBe(201);
    expect((await deploymentOf(second)).metadata.id).toBe(first.metadata.id);
    const other = await refusal(await send('POST', collection, aDeployment('once')), 409);
    expect(other.code).toBe('ALREADY_EXISTS');
    const reused = await refusal(await send('POST', collection, aDeployment('twice'), key), 400);
    expect(reused.errors?.[0]?.field).toBe('Idempotency-Key');
    expect(reused.message).toContain('used before to create Deployment "once"');
  });

  test('missingTarget: reject turns the warning into a 400', async () => {
    const { send } = await anApi({ settings: { missingTarget: 'reject' } });
    const body = aDeployment('lost', { deploymentTargetName: 'nowhere' });
    const refused = await refusal(await send('POST', collection, body), 400);
    expect(refused.errors).toMatchObject([{ field: 'spec.deploymentTargetName' }]);
  });

  test('a target by id and by name must be one target (api.md 2.1)', async () => {
    const { send, store } = await anApi();
    const local = await store.targets.get('default', 'local');
    const agreeing = { deploymentTargetId: local?.id, deploymentTargetName: 'local' };
    expect((await send('POST', collection, aDeployment('a', agreeing))).status).toBe(201);
    const split = { deploymentTargetId: local?.id, deploymentTargetName: 'nowhere' };
    await refusal(await send('POST', collection, aDeployment('b', split)), 400);
  });

  test('server-owned fields of a request are ignored (N21)', async () => {
    const { send } = await anApi();
    const forged = {
      ...aDeployment('forged'),
      status: { state: 'RUNNING' },
    };
    Object.assign(forged.metadata, {
      id: '11111111-1111-1111-1111-111111111111',
      resourceVersion: 99,
      createdAt: '0001-01-01T00:00:00Z',
      annotations: { 'com.dataartisans.appmanager.controller.deployment.spec.version': '7' },
    });
    const body = await deploymentOf(send('POST', collection, forged));
    expect(body.metadata.id).not.toBe('11111111-1111-1111-1111-111111111111');
    expect(body.metadata.resourceVersion).toBe(1);
    expect(body.metadata.annotations).toMatchObject({
      'com.dataartisans.appmanager.controller.deployment.spec.version': '1',
    });
    expect(body.status.state).toBe('CANCELLED');
  });

  test('the trap STATEFUL with restore NONE is answered with a warning (M24)', async () => {
    const { send } = await anApi();
    const body = aDeployment('trap', {
      upgradeStrategy: { kind: 'STATEFUL' },
      restoreStrategy: { kind: 'NONE' },
    });
    const created = await send('POST', collection, body);
    expect(created.status).toBe(201);
    expect(created.headers.get('warning')).toMatch(/^299 sluice "/);
  });
});

describe('finding', () => {
  test.each(['TopSpeed Example', 'a/b', 'line\nbreak', 'ü 100% ?#', "it's", '..hidden'])(
    'by the name %j, encoded in the path (api.md 1.1)',
    async (name) => {
      const { send, get } = await anApi();
      const created = await (await send('POST', collection, aDeployment(name))).json();
      const found = await get(`${collection}/${encodeURIComponent(name)}`);
      expect(await found.json()).toEqual(created);
    },
  );

  test('a name that looks like a UUID is found after no id matches', async () => {
    const { send, get } = await anApi();
    const name = '5f0c3a8e-6d1b-4c1e-9a55-0d6f2b7c4e10';
    await send('POST', collection, aDeployment(name));
    expect((await deploymentOf(get(`${collection}/${name}`))).metadata.name).toBe(name);
  });

  test('never across namespaces; an empty namespace segment is default', async () => {
    const { send, get } = await anApi({ settings: { namespaces: ['default', 'other'] } });
    const { metadata } = await deploymentOf(send('POST', collection, aDeployment('mine')));
    await refusal(await get(`/api/v1/namespaces/other/deployments/${metadata.id}`), 404);
    await refusal(await get('/api/v1/namespaces/other/deployments/mine'), 404);
    await refusal(await get('/api/v1/namespaces/nowhere/deployments'), 404);
    expect((await get(`/api/v1/namespaces//deployments/${metadata.id}/`)).status).toBe(200);
  });

  test('by label selector', async () => {
    const { send, get } = await anApi();
    for (const env of ['prod', 'test']) {
      const body = aDeployment(env);
      await send('POST', collection, { ...body, metadata: { ...body.metadata, labels: { env } } });
    }
    const names = async (selector: string) => {
      const reply = await get(`${collection}?labelSelector=${encodeURIComponent(selector)}`);
      return deploymentList.parse(await reply.json()).items.map(({ metadata }) => metadata.name);
    };
    expect(await names('env=prod')).toEqual(['prod']);
    expect(await names('env in (test, stage),!legacy')).toEqual(['test']);
    expect(await names('')).toEqual(['prod', 'test']);
    await refusal(
      await get(`${collection}?labelSelector=${encodeURIComponent('env in test')}`),
      400,
    );
  });

  test('wrapped, as newer user interfaces ask (api.md 2.15)', async () => {
    const { send, get } = await anApi();
    const created = await (await send('POST', collection, aDeployment('wrapped'))).json();
    const all = await (await get(`${collection}/with-cr`)).json();
    expect(all).toEqual({ items: [{ deployment: created }] });
    const one = await (await get(`${collection}/with-cr/wrapped`)).json();
    expect(one).toEqual({ deployment: created });
    await refusal(await send('POST', collection, aDeployment('with-cr')), 400);
  });
});

describe('changing', () => {
  test('a merge patch removes by null, keeps the rest, and asks for work (RFC 7386)', async () => {
    const { send, deployments } = await anApi();
    const body = aDeployment('job', { state: 'RUNNING' });
    Object.assign(body.spec.template.spec, {
      flinkConfiguration: { 'taskmanager.numberOfTaskSlots': '2', 'state.backend': 'filesystem' },
    });
    const { metadata } = await deploymentOf(send('POST', collection, body));
    await deployments.reachesRunning(metadata);
    const patch = fixture('patch-remove-flink-key.json');
    for (const type of ['application/json', 'application/merge-patch+json']) {
      const changed = await send('PATCH', `${collection}/job`, patch, { 'content-type': type });
      expect(changed.status).toBe(200);
      const reply = await deploymentOf(changed);
      expect(reply.spec.template.spec.flinkConfiguration).toEqual({
        'state.backend': 'filesystem',
        'execution.checkpointing.interval': '10s',
      });
      expect(reply.status.state).toBe('TRANSITIONING');
      expect(reply.metadata.annotations).toMatchObject({
        'com.dataartisans.appmanager.controller.deployment.transitioning': 'true',
        'com.dataartisans.appmanager.controller.deployment.spec.version': '2',
      });
    }
  });

  describe('a warning is told in the reply each time, and as an event once (api.md 1.5)', () => {
    /** In our own storage, wherever a test has that. */
    const missing = 'file:///storage/missing.jar';
    const spec = (more: object, flinkConfiguration: object = {}) => ({
      ...more,
      template: {
        spec: {
          artifact: { kind: 'JAR', jarUri: 'https://example.com/counter.jar' },
          flinkConfiguration,
        },
      },
    });
    const jar = (jarUri: string) => ({ template: { spec: { artifact: { jarUri } } } });

    test.each<[string, RegExp, object, object]>([
      ['a missing target', /nowhere/, {}, { deploymentTargetName: 'nowhere' }],
      [
        'storage that the target has not',
        /no file system for s3:/,
        { deploymentTargetName: 'local' },
        spec({}, { 'state.checkpoints.dir': 's3://bucket/checkpoints' }),
      ],
      [
        'high availability of Kubernetes',
        /has no effect/,
        { deploymentTargetName: 'local' },
        spec({}, { 'high-availability.type': 'kubernetes' }),
      ],
      [
        'a missing artifact, once it is to run',
        /missing\.jar/,
        { state: 'CANCELLED', deploymentTargetName: 'local', ...jar(missing) },
        { state: 'RUNNING' },
      ],
    ])('%s', async (_, words, before, change) => {
      const { send, get, directory } = await anApi();
      const ours = pathToFileURL(join(directory, 'artifacts/namespaces/default/missing.jar')).href;
      const here = (one: object) => JSON.parse(JSON.stringify(one).replace(missing, ours));
      const events = async (id: string) => {
        const path = `/api/v1/namespaces/default/events?deploymentId=${id}`;
        const { items } = eventList.parse(await (await get(path)).json());
        return items.flatMap(({ metadata, spec: { message } }) =>
          words.test(message) ? [metadata.name] : [],
        );
      };
      const base = here({ ...aDeployment('changed', spec({})).spec, ...before });
      const whole = here({ ...base, ...change });
      const calls = [
        ['POST', collection, { metadata: { name: 'made' }, spec: whole }],
        ['PATCH', `${collection}/patched`, { spec: change }],
        ['PUT', `${collection}/replaced`, { metadata: { name: 'replaced' }, spec: whole }],
      ] as const;
      for (const name of ['patched', 'replaced'])
        await send('POST', collection, { metadata: { name }, spec: base });
      for (const [method, path, body] of calls) {
        const answer = await send(method, path, body);
        expect(answer.headers.get('warning'), method).toMatch(words);
        const { id, name } = (await deploymentOf(answer)).metadata;
        expect(await events(id), method).toEqual(['GENERAL_FAILURE']);
        const again = [{}, { maxJobCreationAttempts: 9 }];
        for (const more of again) {
          const repeated = await send('PATCH', `${collection}/${name}`, { spec: more });
          expect(repeated.headers.get('warning'), method).toMatch(words);
        }
        expect(await events(id), method).toEqual(['GENERAL_FAILURE']);
      }
    });
  });

  test('CANCELED is taken and CANCELLED answered; another name is refused', async () => {
    const { send } = await anApi();
    await send('POST', collection, aDeployment('job', { state: 'RUNNING' }));
    const patched = await send('PATCH', `${collection}/job`, { spec: { state: 'canceled' } });
    expect((await deploymentOf(patched)).spec.state).toBe('CANCELLED');
    const renamed = { metadata: { name: 'other' } };
    await refusal(await send('PATCH', `${collection}/job`, renamed), 400);
  });

  test('PUT creates an unknown name, replaces a known one, and does not know an unknown id', async () => {
    const { send } = await anApi();
    const body = aDeployment('put', { deploymentTargetName: 'local' });
    const named = { ...body, metadata: {} };
    expect((await send('PUT', `${collection}/put`, named)).status).toBe(201);
    const changed = { ...named, spec: { ...named.spec, maxJobCreationAttempts: 7 } };
    const replaced = await send('PUT', `${collection}/put`, changed);
    expect(replaced.status).toBe(200);
    expect((await deploymentOf(replaced)).spec.maxJobCreationAttempts).toBe(7);
    const back = await send('PUT', `${collection}/put`, named);
    expect((await deploymentOf(back)).spec.maxJobCreationAttempts).toBe(4);
    await refusal(
      await send('PUT', `${collection}/11111111-1111-4111-8111-111111111111`, body),
      404,
    );
    await refusal(await send('PUT', `${collection}/elsewhere`, body), 400);
  });

  test('only PUT with applyDefaults=true takes the target from the defaults', async () => {
    const { send } = await anApi();
    const body = aDeployment('put');
    await refusal(await send('PUT', `${collection}/put`, body), 400);
    const created = await send('PUT', `${collection}/put?applyDefaults=true`, body);
    expect((await deploymentOf(created)).spec.deploymentTargetName).toBe('local');
  });

  test('stale resourceVersions are ignored; only If-Match locks (api.md 1.7)', async () => {
    const { send } = await anApi();
    await send('POST', collection, aDeployment('locked'));
    const patch = { metadata: { resourceVersion: 77, labels: { a: '1' } } };
    const path = `${collection}/locked`;
    expect((await send('PATCH', path, patch)).status).toBe(200);
    const lost = await refusal(await send('PATCH', path, patch, { 'if-match': '"1"' }), 412);
    expect(lost.code).toBe('FAILED_PRECONDITION');
    for (const match of ['"2"', 'W/"2"', '2', '*']) {
      expect((await send('PATCH', path, patch, { 'if-match': match })).status).toBe(200);
    }
    await refusal(await send('PATCH', path, patch, { 'if-match': '"abc"' }), 412);
    await refusal(await send('DELETE', path, undefined, { 'if-match': '"1"' }), 412);
  });

  test('wrong bodies are refused before a workflow is asked', async () => {
    const { send } = await anApi();
    await send('POST', collection, aDeployment('job'));
    await refusal(await send('PATCH', `${collection}/job`, { spec: 'RUNNING' }), 400);
    await refusal(await send('PATCH', `${collection}/none`, { spec: {} }), 404);
    const operations = [{ op: 'remove', path: '/spec' }];
    const type = { 'content-type': 'application/json-patch+json' };
    await refusal(await send('PATCH', `${collection}/job`, operations, type), 415);
  });
});

describe('size (N16, api.md 1.9)', () => {
  const quotes = (count: number) => ({ metadata: { labels: { long: '"'.repeat(count) } } });

  test('a document that is larger than it was sent is 413, and says how large it would be', async () => {
    const { send } = await anApi();
    const label = `'${'"'.repeat(70_000)}'`;
    const body = `metadata: {name: d, labels: {long: ${label}}}\nspec: ${JSON.stringify(aDeployment('d').spec)}`;
    const answer = await refusal(await send('POST', collection, body, yaml), 413);
    expect(answer.reason).toBe('DOCUMENT_TOO_LARGE');
    expect(answer.message).toMatch(/is 14\d{4} bytes .* more than the 131072/);
  });

  test('nor does it grow beyond that by changes, and what was refused is not there', async () => {
    const { send, get } = await anApi();
    await send('POST', collection, { ...aDeployment('d'), ...named(quotes(30_000)) });
    const more = { metadata: { labels: { more: '"'.repeat(40_000) } } };
    const answer = await refusal(await send('PATCH', `${collection}/d`, more), 413);
    expect(answer.reason).toBe('DOCUMENT_TOO_LARGE');
    const { metadata } = await deploymentOf(get(`${collection}/d`));
    expect(Object.keys(metadata.labels ?? {})).toEqual(['long']);
    const cancelled = await send('PATCH', `${collection}/d`, { spec: { state: 'CANCELLED' } });
    expect(cancelled.status).toBe(200);
  });

  const named = ({ metadata }: ReturnType<typeof quotes>) => ({
    metadata: { ...metadata, name: 'd' },
  });
});

describe('deleting', () => {
  test('answers with what was deleted, once nothing runs; the name is free at once (api.md 3.9)', async () => {
    const { send, get, deployments } = await anApi();
    const made = await send('POST', collection, aDeployment('gone', { state: 'RUNNING' }));
    const { metadata } = await deploymentOf(made);
    await deployments.reachesRunning(metadata);
    const early = await refusal(await send('DELETE', `${collection}/gone`), 409);
    expect(early.message).toContain('CANCELLED');
    await send('PATCH', `${collection}/gone`, { spec: { state: 'CANCELLED' } });
    await deployments.settles(metadata, { state: 'CANCELLED' });
    const empty = { 'content-type': 'application/json' };
    const deleted = await send('DELETE', `${collection}/gone`, '', empty);
    expect(deleted.status).toBe(200);
    expect((await deploymentOf(deleted)).metadata.name).toBe('gone');
    await refusal(await get(`${collection}/gone`), 404);
    await refusal(await send('DELETE', `${collection}/gone`), 404);
    expect((await send('POST', collection, aDeployment('gone'))).status).toBe(201);
  });
});
