import { Agent } from 'undici';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Script, ScriptedFlink } from '../../../test/support/scripted-flink.ts';
import { forever } from './testing/clusters.ts';
import { watchLines } from './watch-lines.ts';

const path = '/api/v1/namespaces/a/pods';
const line = `GET /base${path}?watch=true&allowWatchBookmarks=true&timeoutSeconds=300&labelSelector=l&resourceVersion=7`;
const lost = { code: 'TARGET_UNREACHABLE', retryable: true };

let server: ScriptedFlink;
let agent: Agent;
beforeEach(async () => {
  server = await ScriptedFlink.start('none');
  agent = new Agent();
});
afterEach(async () => {
  await agent.destroy();
  await server.stop();
});

const watch = (signal = forever, endsAfterMs?: number) => {
  const connection = {
    server: new URL(`${server.url}/base/`),
    agent,
    ownNamespace: 'a',
    isInside: false,
    headers: async () => ({}),
    close: () => agent.destroy(),
  };
  return watchLines(connection, { path, labelSelector: 'l', since: '7' }, signal, endsAfterMs);
};

async function all(signal?: AbortSignal, endsAfterMs?: number): Promise<unknown[]> {
  const lines: unknown[] = [];
  for await (const one of await watch(signal, endsAfterMs)) lines.push(one);
  return lines;
}

const status = (code: number): Script => ({
  status: code,
  body: { kind: 'Status', reason: 'R', message: 'its words' },
});

test('each line is handed on as it comes, however it was cut on the way', async () => {
  server.answer(line, (response) => {
    response.write('{"a":1}\n{"b"', () => response.end(':"ü"}\n'));
  });
  expect(await all()).toEqual([{ a: 1 }, { b: 'ü' }]);
});

test('it has begun once the server has answered, before anything happened', async () => {
  server.answer(line, (response) => response.flushHeaders());
  const lines = await watch();
  server.dropConnections();
  await expect(lines[Symbol.asyncIterator]().next()).rejects.toMatchObject(lost);
});

test.each<[string, Script]>([
  ['an answer that does not come', () => undefined],
  ['silence after it', (response) => response.flushHeaders()],
  ['silence after a line', (response) => void response.write('{"a":1}\n')],
])('%s ends it (reliability.md 3.2)', async (_, script) => {
  server.answer(line, script);
  await expect(all(forever, 200)).rejects.toMatchObject(lost);
});

test.each<[string, Script]>([
  ['a cut connection', (response) => void response.write('{"a":1}\n', () => response.destroy())],
  ['a line that is not JSON', (response) => response.end('{"a":1}\n<html>\n')],
  ['a login that ran out', status(401)],
  ['a rush', status(429)],
  ["a proxy's page", { status: 502, body: '<html>' }],
])('%s decides nothing', async (_, script) => {
  server.answer(line, script);
  await expect(all()).rejects.toMatchObject(lost);
});

test.each([403, 410])('%i is told in the words of the server', async (code) => {
  server.answer(line, status(code));
  const refusal = { name: 'KubernetesRefusal', status: code, message: 'its words' };
  await expect(watch()).rejects.toMatchObject(refusal);
});

test('the caller ends it, with its own reason', async () => {
  const caller = new AbortController();
  const reason = new Error('given up');
  server.answer(line, (response) => void response.write('{"a":1}\n'));
  const lines = (await watch(caller.signal))[Symbol.asyncIterator]();
  await lines.next();
  caller.abort(reason);
  await expect(lines.next()).rejects.toBe(reason);
});
