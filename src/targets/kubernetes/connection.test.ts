import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { openConnection } from './connection.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-kubeconfig-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const limits = { callTimeoutMs: 1_000, maxReplyBytes: 1_000 };

function open(
  { server = 'https://kube:6443/base', user = {}, context = {}, current = 'x' } = {},
  chosen?: string,
) {
  const kubeconfig = join(folder, 'config');
  const file = {
    clusters: [
      { name: 'c', cluster: { server } },
      { name: 'd', cluster: { server: 'https://far:6443' } },
    ],
    users: [{ name: 'u', user: { token: 't', ...user } }],
    contexts: [
      { name: 'x', context: { cluster: 'c', user: 'u', ...context } },
      { name: 'y', context: { cluster: 'd', user: 'u', namespace: 'theirs' } },
    ],
    'current-context': current,
  };
  writeFileSync(kubeconfig, JSON.stringify(file));
  return openConnection({ ...limits, kubeconfig, context: chosen });
}

const unusable = { code: 'SETUP_INCOMPLETE', message: expect.stringContaining('cannot be used') };

test('a kubeconfig says where the API server is and who we are', async () => {
  const connection = await open({ context: { namespace: 'team' } });
  expect(connection).toMatchObject({ ownNamespace: 'team', isInside: false });
  expect(connection.server.href).toBe('https://kube:6443/base');
  expect(await connection.headers()).toEqual({ Authorization: 'Bearer t' });
  await connection.close();
});

test('a context without a namespace means default', async () => {
  const connection = await open();
  expect(connection.ownNamespace).toBe('default');
  await connection.close();
});

test('a context that is named is taken in place of the current one', async () => {
  const connection = await open({}, 'y');
  expect(connection).toMatchObject({ ownNamespace: 'theirs', isInside: false });
  expect(connection.server.host).toBe('far:6443');
  await connection.close();
});

test('a context that is not there is told, with those that are', async () => {
  const message = expect.stringContaining('it has no context "z", only x, y');
  await expect(open({}, 'z')).rejects.toMatchObject({ code: 'SETUP_INCOMPLETE', message });
});

test('outside of a pod one must be chosen', async () => {
  const message = expect.stringContaining('it has no current context');
  await expect(open({ current: '' })).rejects.toMatchObject({ code: 'SETUP_INCOMPLETE', message });
});

test.each([
  ['without the cluster of its context', { context: { cluster: 'other' } }],
  ['with an address that is none', { server: 'nowhere' }],
  ['whose certificate is missing', { user: { 'client-certificate': '/no/such.crt' } }],
])('a kubeconfig %s cannot be used', async (_, options) => {
  await expect(open(options)).rejects.toMatchObject(unusable);
});

describe('a token in a file of its own', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));
  afterEach(() => void vi.useRealTimers());
  const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });
  const put = (token: string) => writeFileSync(join(folder, 'token'), `${token}\n`);

  test('is followed as it is replaced: bound tokens expire (reliability.md 3.2)', async () => {
    put('first');
    const connection = await open({ user: { tokenFile: join(folder, 'token') } });
    expect(await connection.headers()).toEqual(bearer('first'));
    put('second');
    vi.setSystemTime(Date.now() + 61_000);
    expect(await connection.headers()).toEqual(bearer('second'));
    await connection.close();
  });

  test('is found beside the kubeconfig, and goes before one in it', async () => {
    put('of the file');
    const connection = await open({ user: { tokenFile: 'token', token: 'in it' } });
    expect(await connection.headers()).toEqual(bearer('of the file'));
    await connection.close();
  });

  test('that is missing cannot be used', async () => {
    await expect(open({ user: { tokenFile: 'none' } })).rejects.toMatchObject(unusable);
  });
});

test('a kubeconfig that is missing cannot be used', async () => {
  const opening = openConnection({ ...limits, kubeconfig: join(folder, 'none') });
  await expect(opening).rejects.toMatchObject(unusable);
});

test.skipIf('KUBERNETES_SERVICE_HOST' in process.env)(
  'outside of Kubernetes there is no account of our own pod',
  async () => {
    await expect(openConnection(limits)).rejects.toMatchObject(unusable);
  },
);
