import { describe, expect, test } from 'vitest';
import { aDeployment, anApi, collection, deploymentOf } from '../testing/api-under-test.ts';
import { type Description, descriptionOf } from '../testing/description.ts';
import { mutantsOf } from '../testing/mutants.ts';
import { savepointResource } from './shapes/savepoint.ts';

const base = '/api/v1/namespaces/default';
const artifacts = '/artifacts/v1/namespaces/default/artifacts';

/** A reply as it went over the wire. */
interface Recorded {
  method: string;
  /** As the description has it. */
  path: string;
  status: number;
  type: string;
  text: string;
}

/** One reply of every operation, of a server on which a job runs, fails and ends. */
async function recordEverything(): Promise<{ description: Description; replies: Recorded[] }> {
  const api = await anApi({ deps: { temporalUi: { url: 'http://ui', namespace: 'default' } } });
  const description = await descriptionOf(api.app);
  const replies: Recorded[] = [];
  const ask = async (method: string, url: string, body?: unknown) => {
    const reply = await api.send(method, url, body);
    const path = description.pathOf(url) ?? '';
    const [type = ''] = (reply.headers.get('content-type') ?? '').split(';');
    replies.push({ method, path, status: reply.status, type, text: await reply.clone().text() });
    return reply;
  };
  const here = { state: 'CANCELLED', deploymentTargetName: 'local' };
  const target = { metadata: { name: 'k8s', labels: { a: 'b' } }, spec: { kubernetes: {} } };
  const jar = () => {
    const form = new FormData();
    form.append('file', new File(['a jar'], 'counter.jar'));
    return form;
  };

  const { metadata } = await deploymentOf(
    ask('POST', collection, aDeployment('counter', { state: 'RUNNING' })),
  );
  const job = await api.deployments.reachesRunning(metadata);
  for (const path of ['', '/counter', '/counter/explanation', '/with-cr', '/with-cr/counter'])
    await ask('GET', `${collection}${path}`);
  const savepoint = await ask('POST', `${base}/savepoints`, {
    metadata: { deploymentId: metadata.id },
  });
  const { id } = savepointResource.parse(await savepoint.json()).metadata;
  for (const path of [`jobs`, `jobs/${job.id}`, 'savepoints', `savepoints/${id}`, 'events'])
    await ask('GET', `${base}/${path}`);
  await ask('PATCH', `${collection}/counter`, { spec: { state: 'CANCELLED' } });
  const failure = { message: 'Main threw', reason: 'JOB_START_FAILED', failedAt: 1 };
  await api.deployments.settles(metadata, { state: 'FAILED', failure });
  await ask('GET', `${collection}/counter`);
  await api.deployments.settles(metadata, { state: 'CANCELLED' });
  await ask('PUT', `${collection}/counter`, aDeployment('counter', here));
  await ask('PUT', `${collection}/other`, aDeployment('other', here));
  await ask('DELETE', `${collection}/counter`);
  await ask('POST', `${base}/deployment-targets`, target);
  await ask('PUT', `${base}/deployment-targets/k8s`, { metadata: { labels: { a: 'c' } } });
  await ask('PUT', `${base}/deployment-targets/here`, { spec: { local: {} } });
  for (const path of ['deployment-targets', 'deployment-targets/local', 'deployment-defaults'])
    await ask('GET', `${base}/${path}`);
  await ask('DELETE', `${base}/deployment-targets/k8s`);
  await ask('POST', `${artifacts}:upload`, jar());
  await ask('GET', `${artifacts}:list`);
  await ask('GET', `${artifacts}:metadata?filename=counter.jar`);
  await ask('DELETE', `${artifacts}:delete?filename=counter.jar`);
  for (const path of ['/healthz', '/readyz', '/metrics', '/swagger', '/openapi.json'])
    await ask('GET', path);
  for (const path of ['/swagger.json', '/api/swagger.json']) await ask('GET', path);
  for (const path of ['/api/v1/status', '/api/v1/status/system-info']) await ask('GET', path);
  return { description, replies };
}

const isDocument = ({ type, path }: Recorded): boolean =>
  type === 'application/json' && !path.endsWith('openapi.json') && !path.endsWith('swagger.json');

describe('the description (api.md 7.2)', () => {
  test('holds for a reply of every operation and every success that it lists', async () => {
    const { description, replies } = await recordEverything();
    for (const { method, path, status, type, text } of replies)
      expect(description.reply(method, path, status, type, text), `${method} ${path}`).toEqual([]);
    const listed = Object.entries(description.document.paths).flatMap(([path, operations]) =>
      Object.entries(operations).flatMap(([method, { responses }]) =>
        Object.keys(responses)
          .filter((status) => status.startsWith('2'))
          .map((status) => `${method.toUpperCase()} ${path} ${status}`),
      ),
    );
    const seen = replies.map(({ method, path, status }) => `${method} ${path} ${status}`);
    expect(listed.filter((one) => !seen.includes(one))).toEqual([]);
  });

  test('refuses each of these replies with one value replaced, added or, if it is always there, gone', async () => {
    const { description, replies } = await recordEverything();
    let tried = 0;
    for (const { method, path, status, type, text } of replies.filter(isDocument)) {
      const isAccepted = (body: unknown) =>
        description.reply(method, path, status, type, JSON.stringify(body)).length === 0;
      for (const { change, path: at, value } of mutantsOf(JSON.parse(text))) {
        tried += 1;
        const mayBe = change === 'gone' && isOptional(at);
        expect(isAccepted(value), `${method} ${path}: ${change} ${at.join('/')}`).toBe(mayBe);
      }
    }
    expect(tried).toBeGreaterThan(1_000);
  });
});

/** Maps, whose keys come and go. */
const maps = [
  'checks',
  'log4jLoggers',
  'labels',
  'annotations',
  'flinkConfiguration',
  'userFlinkConfiguration',
];

/** What is left out of a reply that has no use for it (api.md 1.3, 2.1). */
const optional = [
  'spec/deploymentTargetName spec/deploymentTargetId logging/loggingProfile',
  'artifact/flinkImageRegistry artifact/flinkImageRepository artifact/flinkImageTag',
  'status/running status/failure status/started metadata/jobId metadata/type metadata/labels',
  'metadata/terminatedAt spec/flinkSavepointId deployment/url explanation/since explanation/waitsFor errors/0',
].flatMap((line) => line.split(' '));

const isOptional = (path: readonly string[]): boolean =>
  optional.includes(path.slice(-2).join('/')) || maps.includes(path.at(-2) ?? '');
