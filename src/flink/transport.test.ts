import { setTimeout as pause } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ScriptedFlink } from '../../test/support/scripted-flink.ts';
import { SluiceError } from '../core/errors/index.ts';
import type { FlinkClient, FlinkEndpoint } from './client.ts';
import { createFlinkClient } from './create-client.ts';

const unreachable = { code: 'FLINK_UNREACHABLE', retryable: true };
const limits = { callTimeoutMs: 2_000, runTimeoutMs: 10_000, maxReplyBytes: 1024 * 1024 };
const { signal } = new AbortController();
const request = { jarId: 'x', jobId: 'a', flinkVersion: '2.3.0', programArgs: [], parallelism: 1 };
const savepoint = { jobId: 'a', targetDirectory: 'file:/sp', triggerId: 't' };

let server: ScriptedFlink;
let client: FlinkClient;
let flink: FlinkEndpoint;

beforeEach(async () => {
  server = await ScriptedFlink.start('j1');
  client = createFlinkClient(limits);
  flink = client.at(server.url, 'j1');
});

afterEach(async () => {
  await client.close();
  await server.stop();
});

describe('what is not an answer of Flink proves nothing (S25, F36b)', () => {
  const html = '<html><body>404 page not found</body></html>';
  test.each([
    ['a 404 of a proxy', 404, html],
    ['a 404 with JSON that is not an error of Flink', 404, { message: 'no such route' }],
    [
      'a 404 of a handler that is not loaded',
      404,
      { errors: ['Unable to load requested file /x.'] },
    ],
    ['a page with HTTP 200', 200, html],
    ['no body', 200, ''],
    ['half a body', 200, '{"status":'],
    ['a wrong type', 200, { status: 7 }],
    ['a state that Flink does not have', 200, { status: 'EXPLODED' }],
    ['another shape', 200, ['RUNNING']],
    ['null', 200, null],
    [
      'an election',
      503,
      {
        errors: [
          'Service temporarily unavailable due to an ongoing leader election. Please refresh.',
        ],
      },
    ],
    ['an overload', 429, { errors: ['too many'] }],
    [
      'an accident in Flink',
      500,
      { errors: ['Internal server error.', 'java.lang.NullPointerException'] },
    ],
    [
      'a JobMaster that did not answer its Dispatcher',
      500,
      {
        errors: [
          'java.util.concurrent.TimeoutException: Invocation of [RemoteRpcInvocation(x)] timed out.',
        ],
      },
    ],
    ['a gateway', 502, html],
    ['an error without a text', 404, { errors: [] }],
  ])('%s', async (_, status, body) => {
    server.answer('GET /jobs/a/status', { status, body });
    await expect(flink.jobState('a', signal)).rejects.toMatchObject(unreachable);
  });

  test('only Flink itself can say that it does not know a job', async () => {
    const errors = [
      'org.apache.flink.runtime.rest.NotFoundException: Job a not found\n\tat x.Y.z(Y.java:1)',
    ];
    server.answer('GET /jobs/a/status', { status: 404, body: { errors } });
    expect(await flink.jobState('a', signal)).toBeUndefined();
  });

  test('a request that Flink refuses is refused, with the reason', async () => {
    const errors = ['a.RestHandlerException: Bad request, could not parse parameters'];
    server.answer('GET /jobs/a/status', { status: 400, body: { errors } });
    await expect(flink.jobState('a', signal)).rejects.toMatchObject({
      code: 'FLINK_REQUEST_REFUSED',
      message: expect.stringContaining('could not parse parameters'),
    });
  });

  test('a redirect is not followed', async () => {
    const trap = await ScriptedFlink.start('j1');
    trap.answer('GET /jobs/a/status', { status: 200, body: { status: 'RUNNING' } });
    const headers = { location: `${trap.url}/jobs/a/status` };
    server.answer('GET /jobs/a/status', { status: 307, body: {}, headers });
    await expect(flink.jobState('a', signal)).rejects.toMatchObject(unreachable);
    expect(trap.calls).toEqual([]);
    await trap.stop();
  });

  test('an answer that is too large is given up while it comes in', async () => {
    let sent = 0;
    server.answer('GET /jobs/a/status', (response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const more = () => {
        sent += 65_536;
        if (!response.destroyed) response.write(' '.repeat(65_536), more);
      };
      more();
    });
    await expect(flink.jobState('a', signal)).rejects.toMatchObject(unreachable);
    // The socket buffers of both ends add to the limit of 1 MiB; nothing like the endless body is read.
    expect(sent).toBeLessThan(16 * 1024 * 1024);
  });
});

describe('no answer is waited for without end (F36)', () => {
  test('a server that takes the call and is silent', async () => {
    server.answer('GET /jobs/a/status', () => undefined);
    await expect(flink.jobState('a', signal)).rejects.toMatchObject(unreachable);
  });

  test('a server that sends a byte now and then', async () => {
    server.answer('GET /jobs/a/status', (response) => {
      response.writeHead(200);
      const drip = setInterval(() => response.write(' '), 20);
      response.once('close', () => clearInterval(drip));
    });
    await expect(flink.jobState('a', signal)).rejects.toMatchObject(unreachable);
  });

  test('a connection that is cut in the middle of the answer', async () => {
    server.answer('GET /jobs/a/status', (response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('{"status":', () => response.destroy());
    });
    await expect(flink.jobState('a', signal)).rejects.toMatchObject(unreachable);
  });

  test('nobody listens', async () => {
    const nobody = client.at(`http://127.0.0.1:${server.port}`, 'j1');
    await server.stop();
    await expect(nobody.jobs(signal)).rejects.toMatchObject({
      ...unreachable,
      message: expect.stringContaining('ECONNREFUSED'),
    });
    server = await ScriptedFlink.start('j1');
  });

  test('a silent cluster holds up no other', async () => {
    const other = await ScriptedFlink.start('j2');
    other.answer('GET /jobs/overview', { status: 200, body: { jobs: [] } });
    server.answer('GET /jobs/overview', () => undefined);
    const silent = Array.from({ length: 20 }, () => flink.jobs(signal));
    expect(await client.at(other.url, 'j2').jobs(signal)).toEqual([]);
    const ends = await Promise.allSettled(silent);
    expect(ends.map((end) => end.status)).toEqual(Array.from(ends, () => 'rejected'));
    await other.stop();
  });

  test('the caller ends the wait, with its own reason', async () => {
    const caller = new AbortController();
    const reason = new Error('cancelled by the workflow');
    server.answer('GET /jobs/a/status', () => caller.abort(reason));
    await expect(flink.jobState('a', caller.signal)).rejects.toBe(reason);
    await expect(flink.jobState('a', caller.signal)).rejects.toBe(reason);
  });

  test('a submission may take longer than a question', async () => {
    server.answer('POST /jars/x/run', async (response) => {
      await pause(limits.callTimeoutMs + 200);
      response.end(JSON.stringify({ jobid: 'a' }));
    });
    await expect(flink.run(request, signal)).resolves.toBeUndefined();
  });
});

describe('whatever comes in, a call ends in a value or in an error of ours, and nothing is polluted', () => {
  const calls: Record<string, (endpoint: FlinkEndpoint) => Promise<unknown>> = {
    'GET /overview': (it) => it.overview(signal),
    'GET /taskmanagers': (it) => it.taskManagers(signal),
    'GET /jobs/overview': (it) => it.jobs(signal),
    'GET /jobs/a': (it) => it.job('a', signal),
    'GET /jobs/a/status': (it) => it.jobState('a', signal),
    'GET /jobs/a/config': (it) => it.jobConfiguration('a', signal),
    'GET /jobs/a/checkpoints': (it) => it.checkpoints('a', signal),
    'GET /jobs/a/checkpoints/config': (it) => it.checkpointConfiguration('a', signal),
    'GET /jobs/a/exceptions?maxExceptions=2': (it) => it.exceptions('a', 2, signal),
    'GET /jobs/a/metrics?get=m': (it) => it.metrics('a', ['m'], signal),
    'GET /jobs/a/vertices/v/subtasks/metrics?get=m&agg=sum': (it) =>
      it.vertexMetrics('a', 'v', ['m'], 'sum', signal),
    'GET /jars': (it) => it.jars(signal),
    'DELETE /jars/j': (it) => it.deleteJar('j', signal),
    'GET /jobs/a/savepoints/t': (it) => it.savepointOperation('a', 't', signal),
    'PATCH /jobs/a?mode=cancel': (it) => it.cancel('a', signal),
    'GET /jobmanager/config': (it) => it.configuration(signal),
    'POST /jars/x/run': (it) => it.run(request, signal),
    'POST /jobs/a/savepoints': (it) => it.triggerSavepoint(savepoint, signal),
    'POST /jobs/a/stop': (it) => it.stopWithSavepoint(savepoint, signal),
    'POST /savepoint-disposal': (it) => it.disposeSavepoint('file:/sp', signal),
  };

  test.each(Object.keys(calls))('%s', async (line) => {
    const call = calls[line];
    const statuses = fc.constantFrom(200, 202, 302, 400, 404, 409, 500, 503);
    const bodies = fc.oneof(fc.json(), fc.string(), fc.constant('{"__proto__":{"polluted":1}}'));
    await fc.assert(
      fc.asyncProperty(statuses, bodies, async (status, body) => {
        server.answer(line, { status, body });
        const error = await call?.(flink).then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        if (error !== undefined) expect(error).toBeInstanceOf(SluiceError);
        expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
      }),
      { numRuns: 40 },
    );
  });

  test('a configuration key that would reach a prototype is left out', async () => {
    const body = [
      { key: 'sluice.cluster-id', value: 'j1' },
      { key: '__proto__', value: 'x' },
      { key: 'constructor', value: 'y' },
    ];
    server.answer('GET /jobmanager/config', { status: 200, body });
    const configuration = await flink.configuration(signal);
    expect(Object.entries(configuration)).toEqual([
      ['sluice.cluster-id', 'j1'],
      ['constructor', 'y'],
    ]);
  });
});
