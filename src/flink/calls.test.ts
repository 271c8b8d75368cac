import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ScriptedFlink } from '../../test/support/scripted-flink.ts';
import type { FlinkClient, FlinkEndpoint, RunRequest } from './client.ts';
import { createFlinkClient } from './create-client.ts';

const { signal } = new AbortController();
const ok = (body: unknown) => ({ status: 200, body });
const flinkError = (status: number, ...errors: string[]) => ({ status, body: { errors } });

let server: ScriptedFlink;
let client: FlinkClient;
let flink: FlinkEndpoint;

beforeEach(async () => {
  server = await ScriptedFlink.start('j1');
  client = createFlinkClient({ callTimeoutMs: 2_000, runTimeoutMs: 2_000 });
  flink = client.at(server.url, 'j1');
});

afterEach(async () => {
  await client.close();
  await server.stop();
});

/** The one body that was sent to a line, as JSON. */
const sent = (line: string): unknown => JSON.parse(server.bodies(line).join(''));

describe('run sends what the version knows, and nothing else', () => {
  const line = 'POST /jars/u_c.jar/run';
  const request: RunRequest = {
    jarId: 'u_c.jar',
    jobId: 'a1',
    flinkVersion: '2.3.0',
    programArgs: ['--rate', '1 2'],
    parallelism: 3,
  };
  beforeEach(() => server.answer(line, ok({ jobid: 'a1', applicationId: 'a1' })));

  test('an empty start names no restore point', async () => {
    await flink.run(request, signal);
    expect(sent(line)).toEqual({ jobId: 'a1', parallelism: 3, programArgsList: ['--rate', '1 2'] });
  });

  test.each([
    ['1.20.5', 'restoreMode'],
    ['2.0.2', 'claimMode'],
    ['2.3.0', 'claimMode'],
  ])('on %s the restore point is not claimed by %s', async (flinkVersion, mode) => {
    const more = {
      flinkVersion,
      savepointPath: 'file:/sp/1',
      allowNonRestoredState: false,
      entryClass: 'a.B',
      flinkConfiguration: { 'parallelism.default': '3' },
    };
    await flink.run({ ...request, ...more }, signal);
    expect(sent(line)).toEqual({
      jobId: 'a1',
      parallelism: 3,
      programArgsList: ['--rate', '1 2'],
      entryClass: 'a.B',
      savepointPath: 'file:/sp/1',
      [mode]: 'NO_CLAIM',
      allowNonRestoredState: false,
      flinkConfiguration: { 'parallelism.default': '3' },
    });
  });

  test('a program that fails in the words of an unreachable Flink has failed all the same', async () => {
    const trace =
      'a.B: x\nCaused by: my.Http: 503 Service temporarily unavailable\n\tat my.Main.main(M.java:1)';
    server.answer(line, flinkError(400, trace));
    await expect(flink.run(request, signal)).rejects.toMatchObject({
      code: 'FLINK_REQUEST_REFUSED',
      message: expect.stringContaining('my.Http: 503 Service temporarily unavailable'),
    });
  });

  test('an answer about another job proves nothing', async () => {
    server.answer(line, ok({ jobid: 'b2' }));
    await expect(flink.run(request, signal)).rejects.toMatchObject({ code: 'FLINK_UNREACHABLE' });
  });
});

describe('savepoints', () => {
  const request = { jobId: 'a1', targetDirectory: 'file:/sp', triggerId: 't1' };
  const stopLine = 'POST /jobs/a1/stop';
  const savepointLine = 'POST /jobs/a1/savepoints';

  test('a savepoint and a stop are spelled differently', async () => {
    server.answer(savepointLine, { status: 202, body: { 'request-id': 't1' } });
    server.answer(stopLine, { status: 202, body: { 'request-id': 't1' } });
    await flink.triggerSavepoint(request, signal);
    await flink.stopWithSavepoint(request, signal);
    expect(sent(savepointLine)).toEqual({
      'target-directory': 'file:/sp',
      'cancel-job': false,
      triggerId: 't1',
    });
    expect(sent(stopLine)).toEqual({ targetDirectory: 'file:/sp', drain: false, triggerId: 't1' });
  });

  test('a stop drains only when told to', async () => {
    server.answer(stopLine, { status: 202, body: { 'request-id': 't1' } });
    await flink.stopWithSavepoint({ ...request, drain: true }, signal);
    expect(sent(stopLine)).toMatchObject({ drain: true });
  });

  test('another trigger id in the answer is not taken for ours', async () => {
    server.answer(stopLine, { status: 202, body: { 'request-id': 't2' } });
    const stop = flink.stopWithSavepoint(request, signal);
    await expect(stop).rejects.toMatchObject({ code: 'FLINK_UNREACHABLE' });
  });

  test('a trigger that Flink does not know is unknown; a page that is not there is no answer', async () => {
    const line = 'GET /jobs/a1/savepoints/t1';
    server.answer(
      line,
      flinkError(404, 'x.E: There is no savepoint operation with triggerId=t1 for job a1.'),
    );
    expect(await flink.savepointOperation('a1', 't1', signal)).toEqual({ status: 'unknown' });
    server.answer(line, flinkError(404, 'Not found: /jobs/a1/savepoints/t1'));
    const operation = flink.savepointOperation('a1', 't1', signal);
    await expect(operation).rejects.toMatchObject({ code: 'FLINK_UNREACHABLE' });
  });

  test('a disposal is waited for', async () => {
    server.answer('POST /savepoint-disposal', ok({ 'request-id': 'd1' }));
    server.answer('GET /savepoint-disposal/d1', (response) => {
      const id = server.count('GET /savepoint-disposal/d1') < 3 ? 'IN_PROGRESS' : 'COMPLETED';
      response.end(JSON.stringify({ status: { id }, operation: id === 'COMPLETED' ? {} : null }));
    });
    await flink.disposeSavepoint('file:/sp/1', signal);
    expect(sent('POST /savepoint-disposal')).toEqual({ 'savepoint-path': 'file:/sp/1' });
    expect(server.count('GET /savepoint-disposal/d1')).toBe(3);
  });

  test('the wait for a disposal ends with the caller', async () => {
    const caller = new AbortController();
    const reason = new Error('enough');
    server.answer('POST /savepoint-disposal', ok({ 'request-id': 'd1' }));
    server.answer('GET /savepoint-disposal/d1', (response) => {
      response.end(JSON.stringify({ status: { id: 'IN_PROGRESS' }, operation: null }), () =>
        setImmediate(() => caller.abort(reason)),
      );
    });
    await expect(flink.disposeSavepoint('file:/sp/1', caller.signal)).rejects.toBe(reason);
  });
});

describe('cancel tells three answers apart (F39)', () => {
  const line = 'PATCH /jobs/a1?mode=cancel';
  const terminal =
    'x.RestHandlerException: Job cancellation failed because the job has already reached another terminal state (FINISHED).';

  test.each([
    ['accepted', { status: 202, body: {} }],
    ['terminal', flinkError(409, terminal)],
    ['terminal', flinkError(500, terminal)],
    ['not-found', flinkError(404, 'x.RestHandlerException: Job could not be found.')],
  ] as const)('%s', async (answer, script) => {
    server.answer(line, script);
    expect(await flink.cancel('a1', signal)).toBe(answer);
  });

  test('a 404 of something else is none of them', async () => {
    server.answer(line, { status: 404, body: '<html>' });
    await expect(flink.cancel('a1', signal)).rejects.toMatchObject({ code: 'FLINK_UNREACHABLE' });
  });
});

describe('jars', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-jar-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('the whole file goes up as the field Flink wants, and its id comes back', async () => {
    const content = 'jar '.repeat(100_000);
    writeFileSync(join(folder, 'my job.jar'), content);
    server.answer('POST /jars/upload', ok({ status: 'success', filename: '/web/u1_my job.jar' }));
    const id = await flink.uploadJar(join(folder, 'my job.jar'), 'my job.jar', signal);
    expect(id).toBe('u1_my job.jar');
    const [body] = server.bodies('POST /jars/upload');
    expect(body).toContain('name="jarfile"; filename="my job.jar"');
    expect(body).toContain('application/x-java-archive');
    expect(body).toContain(content);
    server.answer('DELETE /jars/u1_my%20job.jar', ok({}));
    await expect(flink.deleteJar(id, signal)).resolves.toBeUndefined();
  });

  test('a file that is not there never reaches Flink', async () => {
    await expect(flink.uploadJar(join(folder, 'none'), 'x.jar', signal)).rejects.toMatchObject({
      code: 'ARTIFACT_NOT_FOUND',
    });
    expect(server.calls).toEqual([]);
  });
});

describe('what people read', () => {
  test('used-up restarts name the failure beside them', async () => {
    const suppressed =
      'x.JobException: Recovery is suppressed by FixedDelayRestartBackoffTimeStrategy(2)\n\tat a.B.c(B.java:1)';
    const entries = [
      { exceptionName: 'a.First', stacktrace: 'a.First: one\n\tat a.B.c(B.java:1)', timestamp: 1 },
      {
        exceptionName: 'x.JobException',
        stacktrace: suppressed,
        timestamp: 2,
        concurrentExceptions: [
          { exceptionName: 'a.Real', stacktrace: 'a.Real: why\n\tat x.Y(Z.java:1)' },
        ],
      },
    ];
    server.answer('GET /jobs/a1/exceptions?maxExceptions=2', ok({ exceptionHistory: { entries } }));
    expect(await flink.exceptions('a1', 2, signal)).toEqual([
      { at: 2, rootCause: 'a.Real: why' },
      { at: 1, rootCause: 'a.First: one' },
    ]);
  });

  test('a vertex metric Flink does not know does not hide the others', async () => {
    const path = (names: string) =>
      `GET /jobs/a1/vertices/v1/subtasks/metrics?get=${names}&agg=max`;
    server.answer(path('count,gap,none'), ok([]));
    server.answer(path('count'), ok([{ id: 'count', max: 7 }]));
    server.answer(path('gap'), ok([{ id: 'gap', max: 'NaN' }]));
    server.answer(path('none'), ok([]));
    const found = await flink.vertexMetrics('a1', 'v1', ['count', 'gap', 'none'], 'max', signal);
    expect(found).toEqual({ count: 7 });
  });

  test('retained means kept after a cancel', async () => {
    const answer = (enabled: boolean, delete_on_cancellation: boolean) => {
      const externalization = { enabled, delete_on_cancellation };
      server.answer(
        'GET /jobs/a1/checkpoints/config',
        ok({ interval: 1, timeout: 2, externalization }),
      );
      return flink.checkpointConfiguration('a1', signal);
    };
    expect(await answer(true, false)).toEqual({ intervalMs: 1, timeoutMs: 2, retained: true });
    expect(await answer(true, true)).toMatchObject({ retained: false });
    expect(await answer(false, false)).toMatchObject({ retained: false });
  });
});
