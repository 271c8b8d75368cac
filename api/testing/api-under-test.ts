import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { expect, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { createFileArtifactStore } from '../../src/artifacts/index.ts';
import { openStore } from '../../src/store/open-store.ts';
import { freshSettings } from '../../test/fixtures/documents/read.ts';
import { deploymentResource } from '../openapi/shapes/deployment.ts';
import { errorReply } from '../openapi/shapes/platform.ts';
import { type ApiDeps, type ApiSettings, createApi, defaultApiSettings } from '../server.ts';
import { DeploymentsInProcess } from './deployments-in-process.ts';
import { descriptionOf } from './description.ts';

/** What a test may set; everything else is as on a fresh server. */
export interface Given {
  settings?: Partial<ApiSettings>;
  token?: string;
  deps?: Partial<ApiDeps>;
  /** Whether the target `local` exists, as on a fresh server. Default: true. */
  target?: boolean;
}

export const collection = '/api/v1/namespaces/default/deployments';

/** The API over a real store and real artifacts, both gone when the test ends. Nothing listens. */
export async function anApi(given: Given = {}) {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-api-'));
  const store = await openStore({ file: join(directory, 'store.db') });
  onTestFinished(async () => {
    await store.close();
    await rm(directory, { recursive: true, force: true });
  });
  const time = { now: Date.UTC(2026, 0, 15, 9, 30) };
  /** Each look is a millisecond later, so that nothing has the order of its creation by chance. */
  const clock = () => time.now++;
  const deployments = new DeploymentsInProcess(store, clock);
  const logged: string[] = [];
  const settings = apiSettings(given.settings);
  const deps: ApiDeps = {
    store,
    commands: deployments,
    artifacts: createFileArtifactStore({ directory, maxUploadBytes: settings.maxUploadBytes }),
    settings,
    health: { live: () => true, ready: async () => ({ ready: true, checks: { store: 'ok' } }) },
    metricsRegistry: new Registry(),
    auth: given.token === undefined ? {} : { token: given.token },
    clock,
    log: pino({ level: 'debug' }, { write: (line) => logged.push(line) }),
    ...given.deps,
  };
  if (given.target !== false) await store.targets.insert(localTarget(clock()));
  const app = createApi(deps);
  return { app, store, deployments, logged, time, directory, deps, ...requests(app) };
}

const apiSettings = (changes: Partial<ApiSettings> = {}): ApiSettings => ({
  ...defaultApiSettings,
  documentSettings: () => ({ ...freshSettings, defaults: {} }),
  ...changes,
});

const localTarget = (now: number) => ({
  id: randomUUID(),
  namespace: 'default',
  name: 'local',
  resourceVersion: 1,
  createdAt: now,
  modifiedAt: now,
  spec: { local: {} },
});

/** Requests as clients send them. */
function requests(app: ReturnType<typeof createApi>) {
  const send = async (
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Response> => {
    const response = await app.request(path, {
      method,
      headers:
        body === undefined || body instanceof FormData
          ? headers
          : { 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: isRaw(body) ? body : JSON.stringify(body) }),
    });
    await isAsDescribed(app, [method, path, body], response);
    return response;
  };
  return { send, get: (path: string) => send('GET', path) };
}

/**
 * Whatever a test asks, the answer is one that the API description foretells, and what was accepted is a body that the
 * description allows (api.md 7.2).
 */
async function isAsDescribed(
  app: ReturnType<typeof createApi>,
  [method, url, body]: readonly [string, string, unknown],
  response: Response,
): Promise<void> {
  const description = await descriptionOf(app);
  const path = description.pathOf(url);
  if (path === undefined || !description.has(method, path)) return;
  const [type = ''] = (response.headers.get('content-type') ?? '').split(';');
  const text = await response.clone().text();
  const isAllowed = !response.ok || body === undefined || body instanceof FormData;
  const findings = [
    ...description.reply(method, path, response.status, type, text),
    // JSON is YAML: whatever is accepted, in any spelling.
    ...(isAllowed ? [] : description.request(method, path, 'application/yaml', asTree(body))),
  ];
  expect(findings, `${method} ${url} -> ${response.status} ${text}`).toEqual([]);
}

const asTree = (body: unknown): unknown => (typeof body === 'string' ? parse(body) : body);

const isRaw = (body: unknown): body is string | FormData =>
  typeof body === 'string' || body instanceof FormData;

/** A complete body; a name of its own for each call unless one is given. */
export const aDeployment = (name = `counter-${randomUUID()}`, spec: object = {}) => ({
  metadata: { name },
  spec: {
    ...spec,
    template: { spec: { artifact: { kind: 'JAR', jarUri: 'https://example.com/counter.jar' } } },
  },
});

/** The Deployment a reply holds, which must be one to the last field. */
export const deploymentOf = async (response: Response | Promise<Response>) =>
  deploymentResource.parse(await (await response).json());

/** The one error object of api.md 1.9, whole and with this status. */
export async function refusal(response: Response, status: number) {
  const body: unknown = await response.json();
  expect({ status: response.status, body }).toMatchObject({ status, body: { status } });
  expect(response.headers.get('content-type')).toContain('application/json');
  return errorReply.parse(body);
}
