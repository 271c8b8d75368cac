import { afterEach, beforeEach, expect, test } from 'vitest';
import { ScriptedFlink } from '../../test/support/scripted-flink.ts';
import type { FlinkClient, FlinkEndpoint } from './client.ts';
import { createFlinkClient } from './create-client.ts';

const proof = 'GET /jobmanager/config';
const question = 'GET /jobs/a/status';
const running = { status: 200, body: { status: 'RUNNING' } };
const stop = { jobId: 'a', targetDirectory: 'file:/sp', triggerId: 't' };
const unreachable = { code: 'FLINK_UNREACHABLE', retryable: true };
const { signal } = new AbortController();

let server: ScriptedFlink;
let client: FlinkClient;
let flink: FlinkEndpoint;

beforeEach(async () => {
  server = await ScriptedFlink.start('j1');
  server.answer(question, running);
  client = createFlinkClient({ callTimeoutMs: 2_000 });
  flink = client.at(server.url, 'j1');
});

afterEach(async () => {
  await client.close();
  await server.stop();
});

/** The address gets another cluster, as after a teardown. */
async function replaceBy(clusterId: string): Promise<void> {
  const { port } = server;
  await server.stop();
  server = await ScriptedFlink.start(clusterId, port);
  server.answer(question, running);
  // A call over the connections that were just cut fails by itself, whoever listens now; that is not the question here.
  while ((await isCut()) === true) server.calls.length = 0;
  server.calls.length = 0;
}

const isCut = (): Promise<boolean> =>
  flink.jobs(signal).then(
    () => false,
    (error: Error) => error.message.includes('other side closed'),
  );

test('the id is read per connection and not per call, also by endpoints made later', async () => {
  const ask = () => client.at(server.url, 'j1').jobState('a', signal);
  await Promise.all([ask(), ask(), ask(), ask()]);
  const proofs = server.count(proof);
  for (let call = 0; call < 5; call += 1) expect(await ask()).toBe('RUNNING');
  expect(server.count(proof)).toBe(proofs);
});

test('an endpoint is made without any call', () => {
  expect(server.calls).toEqual([]);
});

test('another cluster at the address is no answer, and no effect reaches it', async () => {
  const stranger = client.at(server.url, 'j2');
  await expect(stranger.jobState('a', signal)).rejects.toMatchObject({
    ...unreachable,
    message: expect.stringContaining('not the cluster j2'),
  });
  await expect(stranger.stopWithSavepoint(stop, signal)).rejects.toMatchObject(unreachable);
  expect(server.calls.map((call) => call.line)).toEqual([proof, proof]);
});

test('a cluster without an id is none of ours', async () => {
  server.answer(proof, { status: 200, body: [{ key: 'rest.port', value: '8081' }] });
  await expect(flink.jobState('a', signal)).rejects.toMatchObject(unreachable);
});

test('an id that was read does not vouch for the next cluster at the address', async () => {
  expect(await flink.jobState('a', signal)).toBe('RUNNING');
  await replaceBy('j2');
  await expect(flink.jobState('a', signal)).rejects.toMatchObject({
    ...unreachable,
    message: expect.stringContaining('not the cluster j1'),
  });
  await expect(flink.stopWithSavepoint(stop, signal)).rejects.toMatchObject(unreachable);
  expect(server.count('POST /jobs/a/stop')).toBe(0);
});

test('the same cluster is believed again after it was away', async () => {
  expect(await flink.jobState('a', signal)).toBe('RUNNING');
  await replaceBy('j1');
  expect(await flink.jobState('a', signal)).toBe('RUNNING');
});

test('an answer over a connection opened meanwhile counts only after the id was read again', async () => {
  server.answer(question, {
    ...running,
    // The connection ends with the answer, so that who gave it cannot be told any more.
    headers: { connection: 'close' },
  });
  expect(await flink.jobState('a', signal)).toBe('RUNNING');
  expect(server.calls.map((call) => call.line)).toEqual([proof, question, proof]);
});
