import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Connection, openConnection } from './connection.ts';

let folder: string;
let connection: Connection | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-login-'));
  writeFileSync(join(folder, 'calls'), '');
  vi.useFakeTimers({ toFake: ['Date', 'performance'] });
});
afterEach(async () => {
  vi.useRealTimers();
  await connection?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Opens a connection whose user logs in by a shell script, which notes each of its runs. */
async function open(script: string, more: object = {}, callTimeoutMs = 5_000): Promise<Connection> {
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: 'sh',
    args: ['-c', `echo >>'${folder}/calls'; ${script}`],
    ...more,
  };
  const kubeconfig = join(folder, 'config');
  const file = {
    clusters: [{ name: 'c', cluster: { server: 'https://kube:6443' } }],
    users: [{ name: 'u', user: { exec } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  };
  writeFileSync(kubeconfig, JSON.stringify(file));
  connection = await openConnection({ kubeconfig, callTimeoutMs, maxReplyBytes: 1_000 });
  return connection;
}

const prints = (status: object) => `echo '${JSON.stringify({ kind: 'ExecCredential', status })}'`;
const runs = () => readFileSync(join(folder, 'calls'), 'utf8').length;
const pass = (ms: number) => vi.advanceTimersByTime(ms);
const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });

test('all who ask at once are answered by one run, and its token serves until it expires', async () => {
  const expirationTimestamp = new Date(Date.now() + 60_000).toISOString();
  const { headers } = await open(prints({ token: 't', expirationTimestamp }));
  const all = await Promise.all(Array.from({ length: 50 }, () => headers()));
  expect(new Set(all.map(({ Authorization }) => Authorization))).toEqual(new Set(['Bearer t']));
  pass(59_000);
  await headers();
  expect(runs()).toBe(1);
  pass(2_000);
  await Promise.all([headers(), headers()]);
  expect(runs()).toBe(2);
});

test('a token that is refused is asked for anew, but no more often than every 10 s', async () => {
  const { headers } = await open(`${prints({ token: 't' })}`);
  pass(11_000);
  expect(await headers(true)).toEqual(bearer('t'));
  expect(runs()).toBe(2);
  await headers(true);
  await headers(true);
  expect(runs()).toBe(2);
});

test('one that is old when it is new, by our clock, does not cost a run for each call', async () => {
  const expirationTimestamp = new Date(Date.now() - 60_000).toISOString();
  const { headers } = await open(prints({ token: 't', expirationTimestamp }));
  for (let n = 0; n < 20; n += 1) await headers();
  expect(runs()).toBe(1);
});

test('it is told that there is nobody to ask, and has the environment it wants', async () => {
  const says = `printf '{"status": {"token": "%s %s"}}' "$A" "$(echo "$KUBERNETES_EXEC_INFO" | tr -d '\\"{},')"`;
  const { headers } = await open(says, { env: [{ name: 'A', value: 'b' }] });
  expect((await headers()).Authorization).toMatch(/^Bearer b .*interactive:false/);
});

test.each([
  [
    'waits for ever',
    'echo press a key >&2; sleep 5',
    /was ended by SIGKILL \(limit 1000 ms\) press a key/,
  ],
  ['fails', 'echo no session >&2; exit 3', /exit code 3 no session/],
  ['prints something else', 'echo hello', /not valid JSON/],
  ['prints no credential', 'echo "{}"', /it printed no ExecCredential/],
])('one that %s is told in its words', async (_, script, words) => {
  await expect(open(script, {}, 1_000)).rejects.toMatchObject({
    code: 'SETUP_INCOMPLETE',
    message: expect.stringMatching(words),
  });
});

test('one that is not installed is told, with the hint of the kubeconfig', async () => {
  const more = { command: 'no-such-program', installHint: 'get it from us' };
  const told = expect.stringMatching(/no-such-program.*ENOENT.*\(get it from us\)/);
  await expect(open('', more)).rejects.toMatchObject({ message: told });
});

test('one that stops working later is unknown, and asked again only after a while', async () => {
  const { headers } = await open(
    `if [ $(wc -l <'${folder}/calls') = 2 ]; then exit 1; fi; ${prints({ token: 't' })}`,
  );
  pass(11_000);
  const failure = { code: 'TARGET_UNREACHABLE', message: expect.stringContaining('user "u"') };
  await expect(headers(true)).rejects.toMatchObject(failure);
  await expect(headers(true)).rejects.toMatchObject(failure);
  expect(runs()).toBe(2);
  pass(11_000);
  expect(await headers()).toEqual(bearer('t'));
});
