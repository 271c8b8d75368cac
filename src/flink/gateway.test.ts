import { Agent } from 'undici';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ScriptedFlink } from '../../test/support/scripted-flink.ts';
import type { FlinkClient } from './client.ts';
import { createFlinkClient } from './create-client.ts';

const { signal } = new AbortController();
const paths = { one: '/api/pods/http:one:8081/proxy', two: '/api/pods/http:two:8081/proxy' };
const proof = (name: keyof typeof paths) => `GET ${paths[name]}/jobmanager/config`;

/** A server before two clusters, that lets in whoever shows the token of the moment. */
let server: ScriptedFlink;
let client: FlinkClient;
let agent: Agent;
let asked: number;
beforeEach(async () => {
  asked = 0;
  server = await ScriptedFlink.start('the gateway itself');
  for (const name of ['one', 'two'] as const) {
    const body = JSON.stringify([{ key: 'sluice.cluster-id', value: name }]);
    server.answer(proof(name), (response, { headers }) => {
      response.statusCode = headers.authorization === `token ${asked}` ? 200 : 401;
      response.end(body);
    });
    const overview = { status: 200, body: { jobs: [] } };
    server.answer(`GET ${paths[name]}/jobs/overview`, overview);
  }
  agent = new Agent();
  const headers = async () => ({ authorization: `token ${++asked}` });
  client = createFlinkClient({
    gatewayTo: ({ origin }) => (origin === server.url ? { agent, headers } : undefined),
  });
});
afterEach(async () => {
  await client.close();
  await agent.destroy();
  await server.stop();
});

const at = (name: keyof typeof paths, clusterId: string = name) =>
  client.at(server.url + paths[name], clusterId);

test('a cluster behind a gateway is called below its path, with headers made for each call', async () => {
  expect(await at('one').jobs(signal)).toEqual([]);
  expect(asked).toBe(server.calls.length);
  expect(server.calls.every(({ line }) => line.includes(paths.one))).toBe(true);
});

test('what is proven of one cluster says nothing about another behind the same gateway', async () => {
  // Each connection that opens asks for a proof of its own; after these calls they are open.
  for (let call = 0; call < 4; call += 1) await at('one').jobs(signal);
  const proofs = server.count(proof('one'));
  await at('two').jobs(signal);
  expect(server.count(proof('two'))).toBe(1);
  await at('one').jobs(signal);
  await at('two').jobs(signal);
  expect([server.count(proof('one')), server.count(proof('two'))]).toEqual([proofs, 1]);
  await expect(at('two', 'one').jobs(signal)).rejects.toMatchObject({
    code: 'FLINK_UNREACHABLE',
    message: expect.stringContaining('not the cluster one'),
  });
});

test('what the gateway has against us says nothing about the cluster, and is told in its words (S25)', async () => {
  const message = 'pods "one" is forbidden: User "sluice" cannot get resource "pods/proxy"';
  server.answer(proof('one'), { status: 403, body: { kind: 'Status', message } });
  await expect(at('one').jobs(signal)).rejects.toMatchObject({
    code: 'FLINK_UNREACHABLE',
    message: expect.stringContaining(`HTTP 403, not an error of Flink's: ${message}`),
  });
});

test('an answer of Flink is bounded as it is without a gateway, which lets more through (F36)', async () => {
  const job = { jid: 'a'.repeat(32), name: 'x'.repeat(5 * 1024 * 1024), state: 'RUNNING' };
  server.answer(`GET ${paths.one}/jobs/overview`, { status: 200, body: { jobs: [job] } });
  const read = at('one').jobs(signal);
  await expect(read.then((jobs) => jobs.length)).rejects.toMatchObject({
    code: 'FLINK_UNREACHABLE',
    message: expect.stringContaining('the answer is too large'),
  });
});

test('what is not behind the gateway is called plainly', async () => {
  const plain = await ScriptedFlink.start('plain');
  plain.answer('GET /jobs/overview', { status: 200, body: { jobs: [] } });
  expect(await client.at(plain.url, 'plain').jobs(signal)).toEqual([]);
  expect(asked).toBe(0);
  await plain.stop();
});
