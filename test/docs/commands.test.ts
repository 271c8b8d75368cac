import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { aDeployment, anApi, collection, deploymentOf } from '../../api/testing/api-under-test.ts';
import { descriptionOf } from '../../api/testing/description.ts';
import { type CurlCall, curlCall } from './commands.ts';
import { commands, read } from './document.ts';

const server = 'http://127.0.0.1:8080';
const fixed = {
  API: `${server}/api/v1/namespaces/default`,
  ARTIFACTS: `${server}/artifacts/v1/namespaces/default`,
  HOME: '/home/reader',
  JAR: 'https://example.com/counter.jar',
  SLUICE_TOKEN: 'the-token-of-this-server',
};

const documented = [
  'README.md',
  'docs/kubernetes.md',
  'docs/spec/deployment.md',
  'docs/operating.md',
  'docs/runbook.md',
]
  .flatMap((path) => commands(read(path)).map((command) => ({ path, command })))
  .filter(({ command }) => command.includes('curl '));

test('the documents show the verbs of the API', () => {
  const methods = documented.map(
    ({ command }) => curlCall(command, { ...fixed, ID: 'id', VERSION: '1' })?.method,
  );
  expect(methods.length).toBeGreaterThan(25);
  expect(new Set(methods)).toEqual(new Set(['GET', 'POST', 'PATCH', 'DELETE']));
});

describe.each(documented)('$path: $command', ({ command }) => {
  test('is answered as a user hopes', async () => {
    const api = await anApi(command.includes('SLUICE_TOKEN') ? { token: fixed.SLUICE_TOKEN } : {});
    const given = await aServerFor(api, command);
    const call = curlCall(command, { ...fixed, ...given });
    if (call === undefined) throw new Error('no curl command');
    const reply = await api.send(call.method, call.path, bodyOf(call), call.headers);
    const body = await reply.text();
    expect({ status: reply.status, body }).toMatchObject({
      status: isCreation(call) ? 201 : 200,
    });
  });
});

test('each JSON body in a document is one that the API description allows', async () => {
  const { app } = await anApi();
  const description = await descriptionOf(app);
  let seen = 0;
  for (const { path, command } of documented) {
    const call = curlCall(command, { ...fixed, ID: randomUUID(), VERSION: '1' });
    if (call?.body === undefined) continue;
    seen += 1;
    const type = call.headers['content-type'] ?? '';
    const described = description.pathOf(call.path) ?? '';
    const findings = description.request(call.method, described, type, JSON.parse(call.body));
    expect(findings, `${path}: ${command}`).toEqual([]);
  }
  expect(seen).toBeGreaterThan(10);
});

test('each whole Deployment in a document is accepted, without a warning', async () => {
  const examples = [...read('docs/spec/deployment.md').matchAll(/^```yaml\n(.*?)^```/gms)];
  expect(examples.length).toBeGreaterThan(0);
  for (const [, yaml] of examples) {
    const api = await anApi();
    const reply = await api.send('POST', collection, yaml, { 'content-type': 'application/yaml' });
    expect({ status: reply.status, warning: reply.headers.get('warning') }).toEqual({
      status: 201,
      warning: null,
    });
  }
});

type Api = Awaited<ReturnType<typeof anApi>>;

/** A server in the state in which a reader gives the command: mostly with a running Deployment `counter`. */
async function aServerFor(api: Api, command: string): Promise<{ ID: string; VERSION: string }> {
  if (/-X POST \S+\/deployments"/.test(command)) return { ID: 'none', VERSION: 'none' };
  const headers = { authorization: `Bearer ${fixed.SLUICE_TOKEN}` };
  const made = api.send('POST', collection, aDeployment('counter'), headers);
  const { metadata } = await deploymentOf(made);
  const id = String(metadata.id);
  await api.deployments.reachesRunning({ id });
  if (command.includes('DELETE')) await api.deployments.settles({ id }, { state: 'CANCELLED' });
  const seen = await deploymentOf(api.send('GET', `${collection}/counter`, undefined, headers));
  return { ID: id, VERSION: String(seen.metadata.resourceVersion) };
}

const isCreation = ({ method, file }: CurlCall): boolean => method === 'POST' && file === undefined;

function bodyOf({ body, file }: CurlCall): string | FormData | undefined {
  if (file === undefined) return body;
  const form = new FormData();
  form.append('file', new File(['a jar'], file));
  return form;
}
