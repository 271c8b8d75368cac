import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type {
  FlinkClient,
  FlinkEndpoint,
  RunRequest,
  SavepointOperation,
} from '../../src/flink/client.ts';
import { createFlinkClient } from '../../src/flink/create-client.ts';
import { createFileReader } from '../../src/flink/state/file-reader.ts';
import { createStateStorage } from '../../src/flink/state/storage.ts';
import { findRuntimes, findSampleJobs } from '../../src/setup/runtimes.ts';
import { flinkVersions } from '../../src/setup/versions.ts';
import { type FlinkCluster, startFlinkCluster } from '../support/flink-cluster.ts';

/**
 * The client against real Flink of both lines: what the unit tests take for granted about Flink's answers is asked of
 * Flink here. One JobManager and one TaskManager per line; the tests of a line tell one story, in order.
 */
describe.each(flinkVersions)('Flink %s', { timeout: 60_000 }, (version) => {
  const available = installed(version);
  if (available === undefined) {
    test.skip('is not set up here: npm run setup', () => undefined);
    return;
  }
  const { runtime, java, jar } = available;
  const { signal } = new AbortController();
  const storage = createStateStorage([createFileReader({ answerWithinMs: 15_000 })]);
  let cluster: FlinkCluster;
  let client: FlinkClient;
  let flink: FlinkEndpoint;
  let jarId: string;

  beforeAll(async () => {
    cluster = await startFlinkCluster({ runtime, java, clusterId: 'jcontract' });
    client = createFlinkClient();
    flink = client.at(cluster.restUrl, cluster.clusterId);
  }, 90_000);

  afterAll(async () => {
    await client?.close();
    await cluster?.stop();
  });

  /** A job that checkpoints four times a second, unless the request says otherwise. */
  const run = (jobId: string, more: Partial<RunRequest> = {}): Promise<void> =>
    flink.run(
      {
        jarId,
        jobId,
        flinkVersion: version,
        programArgs: ['--rate', '200'],
        parallelism: 1,
        flinkConfiguration: { 'execution.checkpointing.interval': '250 ms' },
        ...more,
      },
      signal,
    );

  /** Runs a job and waits until each of its vertices runs, as a start does. */
  async function running(jobId: string, more: Partial<RunRequest> = {}): Promise<void> {
    await run(jobId, more);
    await until(`job ${jobId} runs`, async () => {
      const job = await flink.job(jobId, signal);
      const up =
        job?.vertices.length && job.vertices.every((vertex) => vertex.status === 'RUNNING');
      return job?.state === 'RUNNING' && up ? job : undefined;
    });
  }

  const ended = (jobId: string) =>
    until(`job ${jobId} ends`, async () => {
      const state = await flink.jobState(jobId, signal);
      return state === 'RUNNING' || state === 'CANCELLING' || state === 'FAILING'
        ? undefined
        : state;
    });

  const outcome = (jobId: string, triggerId: string): Promise<SavepointOperation> =>
    until(`operation ${triggerId} ends`, async () => {
      const operation = await flink.savepointOperation(jobId, triggerId, signal);
      return operation.status === 'in-progress' ? undefined : operation;
    });

  const savepoints = (): string => `file://${join(cluster.folder, 'savepoints')}`;

  test('another cluster id is no answer, and no effect reaches the cluster', async () => {
    const other = client.at(cluster.restUrl, 'janother');
    await expect(other.overview(signal)).rejects.toMatchObject({ code: 'FLINK_UNREACHABLE' });
    await expect(other.uploadJar(jar, 'x.jar', signal)).rejects.toMatchObject({
      code: 'FLINK_UNREACHABLE',
    });
    expect(await flink.jars(signal)).toEqual([]);
  });

  test('an idle cluster tells its version, slots and configuration', async () => {
    expect(await flink.overview(signal)).toEqual({
      flinkVersion: version,
      taskManagers: 1,
      slotsTotal: 4,
      slotsAvailable: 4,
    });
    expect(await flink.taskManagers(signal)).toMatchObject([{ slots: 4, freeSlots: 4 }]);
    expect(await flink.jobs(signal)).toEqual([]);
    const configuration = await flink.configuration(signal);
    expect(configuration).toMatchObject({
      'sluice.cluster-id': 'jcontract',
      'taskmanager.numberOfTaskSlots': '4',
    });
  });

  test('a job nobody submitted is not known, whatever is asked', async () => {
    const nobody = hex('nobody');
    expect(await flink.job(nobody, signal)).toBeUndefined();
    expect(await flink.jobState(nobody, signal)).toBeUndefined();
    expect(await flink.jobConfiguration(nobody, signal)).toBeUndefined();
    expect(await flink.checkpoints(nobody, signal)).toBeUndefined();
    expect(await flink.checkpointConfiguration(nobody, signal)).toBeUndefined();
    expect(await flink.exceptions(nobody, 3, signal)).toEqual([]);
    expect(await flink.metrics(nobody, ['numRestarts'], signal)).toEqual({});
    expect(await flink.vertexMetrics(nobody, nobody, ['x'], 'sum', signal)).toEqual({});
    expect(await flink.cancel(nobody, signal)).toBe('not-found');
    expect(await flink.savepointOperation(nobody, hex('t'), signal)).toEqual({ status: 'unknown' });
  });

  test('a jar is uploaded, listed and deleted; deleting it again changes nothing', async () => {
    jarId = await flink.uploadJar(jar, 'counter.jar', signal);
    const second = await flink.uploadJar(jar, 'counter.jar', signal);
    expect((await flink.jars(signal)).map(({ id }) => id).sort()).toEqual([jarId, second].sort());
    await flink.deleteJar(second, signal);
    await flink.deleteJar(second, signal);
    expect(await flink.jars(signal)).toEqual([{ id: jarId, name: 'counter.jar' }]);
  });

  test('a job runs under the pinned id, and a second submission of the id is refused', async () => {
    const jobId = hex('first');
    await running(jobId, { parallelism: 2 });
    await expect(run(jobId)).rejects.toMatchObject({
      code: 'FLINK_REQUEST_REFUSED',
      retryable: false,
      message: expect.stringMatching(/Duplicate\w+SubmissionException/),
    });
    expect(await flink.jobs(signal)).toEqual([{ id: jobId, name: 'counter', state: 'RUNNING' }]);
    const job = await flink.job(jobId, signal);
    expect(job).toMatchObject({ id: jobId, name: 'counter', state: 'RUNNING' });
    expect(job?.endTime).toBeUndefined();
    expect(job?.vertices.map((vertex) => vertex.parallelism)).toContain(2);
  });

  test('what runs is read back: parallelism, checkpoint interval, metrics (S30)', async () => {
    const jobId = hex('first');
    expect(await flink.jobConfiguration(jobId, signal)).toEqual({ parallelism: 2, userConfig: {} });
    expect(await flink.checkpointConfiguration(jobId, signal)).toEqual({
      intervalMs: 250,
      timeoutMs: 600_000,
      retained: true,
    });
    const metrics = await until('job metrics', async () => {
      const found = await flink.metrics(jobId, ['numRestarts', 'no.such'], signal);
      return 'numRestarts' in found ? found : undefined;
    });
    expect(metrics).toEqual({ numRestarts: '0' });
    const vertex = (await flink.job(jobId, signal))?.vertices.find((one) => one.parallelism === 2);
    const counts = await until('vertex metrics', async () => {
      const names = ['counter.count', 'counter.gap', 'no.such'];
      const found = await flink.vertexMetrics(jobId, vertex?.id ?? '', names, 'sum', signal);
      return (found['counter.count'] ?? 0) > 0 ? found : undefined;
    });
    expect(counts).toEqual({ 'counter.count': expect.any(Number), 'counter.gap': 0 });
  });

  test('checkpoints come in with addresses, and the newest is named', async () => {
    const jobId = hex('first');
    const checkpoints = await until('two checkpoints', async () => {
      const found = await flink.checkpoints(jobId, signal);
      return (found?.counts.completed ?? 0) >= 2 ? found : undefined;
    });
    expect(checkpoints.newest).toMatchObject({
      isSavepoint: false,
      completedAt: expect.any(Number),
    });
    expect(checkpoints.newest?.path).toMatch(
      new RegExp(`^file:/.*/${jobId}/chk-${checkpoints.newest?.id}$`),
    );
    expect(checkpoints.restored).toBeUndefined();
  });

  test('a savepoint repeated with its trigger id is made once', async () => {
    const request = {
      jobId: hex('first'),
      targetDirectory: savepoints(),
      triggerId: hex('savepoint'),
    };
    await flink.triggerSavepoint(request, signal);
    await flink.triggerSavepoint(request, signal);
    const operation = await outcome(request.jobId, request.triggerId);
    expect(operation).toMatchObject({
      status: 'completed',
      location: expect.stringMatching(/^file:\//),
    });
    await flink.triggerSavepoint(request, signal);
    expect(await outcome(request.jobId, request.triggerId)).toEqual(operation);
    const { latestSavepoint } = (await flink.checkpoints(request.jobId, signal)) ?? {};
    expect(latestSavepoint).toMatchObject({ isSavepoint: true, path: locationOf(operation) });
    expect(await storage.checkpointIdIn(locationOf(operation))).toBe(latestSavepoint?.id);
  });

  test('a stop ends the job with a savepoint, and a cancel comes too late', async () => {
    const jobId = hex('first');
    const request = { jobId, targetDirectory: savepoints(), triggerId: hex('stop') };
    await flink.stopWithSavepoint(request, signal);
    const operation = await outcome(jobId, request.triggerId);
    expect(operation.status).toBe('completed');
    expect(await ended(jobId)).toBe('FINISHED');
    expect((await flink.job(jobId, signal))?.endTime).toBeGreaterThan(0);
    const newest = (await flink.checkpoints(jobId, signal))?.newest;
    expect(newest?.path).toBe(locationOf(operation));
    expect(await storage.checkpointIdIn(locationOf(operation))).toBe(newest?.id);
    expect(await flink.cancel(jobId, signal)).toBe('terminal');
  });

  test('a savepoint of an ended job fails: not found, though the job is listed (flink.md 5)', async () => {
    const request = { jobId: hex('first'), targetDirectory: savepoints(), triggerId: hex('late') };
    await flink.triggerSavepoint(request, signal);
    expect(await outcome(request.jobId, request.triggerId)).toEqual({
      status: 'failed',
      jobNotFound: true,
      cause: expect.stringContaining('Could not find Flink job'),
    });
  });

  test('a job restores from the savepoint, and Flink says from which', async () => {
    const stopped = await flink.savepointOperation(hex('first'), hex('stop'), signal);
    const savepointPath = locationOf(stopped);
    await running(hex('second'), { savepointPath, allowNonRestoredState: false });
    expect((await flink.checkpoints(hex('second'), signal))?.restored).toEqual({
      id: expect.any(Number),
      path: savepointPath,
      isSavepoint: true,
      at: expect.any(Number),
    });
  });

  test('a cancel is accepted, again as well, and retains the last checkpoint', async () => {
    const jobId = hex('second');
    await until('a checkpoint of its own', async () => {
      const found = await flink.checkpoints(jobId, signal);
      return found?.newest && !found.newest.isSavepoint ? found.newest : undefined;
    });
    expect(await flink.cancel(jobId, signal)).toBe('accepted');
    expect(await ended(jobId)).toBe('CANCELED');
    expect(await flink.cancel(jobId, signal)).toBe('accepted');
    const newest = (await flink.checkpoints(jobId, signal))?.newest;
    expect(existsSync(join(new URL(newest?.path ?? '').pathname, '_metadata'))).toBe(true);
    expect(await storage.checkpointIdIn(newest?.path ?? '')).toBe(newest?.id);
  });

  test('a savepoint is disposed of; one that is not there is refused', async () => {
    const location = locationOf(
      await flink.savepointOperation(hex('first'), hex('savepoint'), signal),
    );
    const metadata = join(new URL(location).pathname, '_metadata');
    expect(existsSync(metadata)).toBe(true);
    await flink.disposeSavepoint(location, signal);
    expect(existsSync(metadata)).toBe(false);
    await expect(flink.disposeSavepoint(location, signal)).rejects.toMatchObject({
      code: 'SAVEPOINT_FAILED',
      message: expect.stringContaining('Cannot find checkpoint or savepoint'),
    });
  });

  test('a failed job names its root cause', async () => {
    const jobId = hex('failing');
    await run(jobId, { programArgs: ['--rate', '200', '--fail-always'] });
    expect(await ended(jobId)).toBe('FAILED');
    const [newest] = await flink.exceptions(jobId, 3, signal);
    expect(newest).toEqual({
      at: expect.any(Number),
      rootCause: 'java.lang.IllegalStateException: counter: told to fail',
    });
  });

  test('a savepoint into a place that cannot be written fails, and the job runs on', async () => {
    const jobId = hex('no-directory');
    await running(jobId);
    const request = { jobId, targetDirectory: 'file:///proc/none', triggerId: hex('unwritable') };
    await flink.stopWithSavepoint(request, signal);
    const operation = await outcome(jobId, request.triggerId);
    expect(operation).toEqual({ status: 'failed', cause: expect.stringContaining('/proc/none') });
    expect(await flink.jobState(jobId, signal)).toBe('RUNNING');
    expect(await flink.cancel(jobId, signal)).toBe('accepted');
  });

  test('a job without checkpoints has no interval and no restore point', async () => {
    const jobId = hex('unchecked');
    await running(jobId, { flinkConfiguration: {} });
    expect((await flink.checkpoints(jobId, signal))?.newest).toBeUndefined();
    expect(await flink.checkpointConfiguration(jobId, signal)).toBeUndefined();
    expect(await flink.cancel(jobId, signal)).toBe('accepted');
  });

  test.each([
    ['main() throws', { programArgs: ['--fail-main', 'boom'] }, /IllegalStateException: boom$/],
    ['the entry class is missing', { entryClass: 'no.Such' }, /ClassNotFoundException: no\.Such$/],
    ['the jar is missing', { jarId: 'nope.jar' }, /Jar file .*nope\.jar does not exist$/],
  ])('%s: refused with the root cause, and there is no job', async (name, more, cause) => {
    await expect(run(hex(name), more)).rejects.toMatchObject({
      code: 'FLINK_REQUEST_REFUSED',
      message: expect.stringMatching(cause),
    });
    expect(await flink.job(hex(name), signal)).toBeUndefined();
  });

  test('a restore point that is missing is refused, and the id is burnt by a FAILED job', async () => {
    const jobId = hex('no-savepoint');
    const savepointPath = `file://${join(cluster.folder, 'none')}`;
    await expect(run(jobId, { savepointPath })).rejects.toMatchObject({
      code: 'FLINK_REQUEST_REFUSED',
      message: expect.stringContaining('Cannot find checkpoint or savepoint file/directory'),
    });
    expect(await flink.job(jobId, signal)).toMatchObject({ state: 'FAILED', vertices: [] });
    expect((await flink.checkpoints(jobId, signal))?.newest).toBeUndefined();
  });
});

/** What set-up made for a version; `undefined` where it has not run. */
function installed(version: string) {
  try {
    const runtimes = findRuntimes();
    const runtime = runtimes.flink.find((one) => one.version === version);
    return runtime && { runtime, java: runtimes.java, jar: findSampleJobs().counter };
  } catch {
    return undefined; // Set-up is incomplete; the skipped test says what to do.
  }
}

/** A job or trigger id that stands for a name. */
const hex = (name: string): string => createHash('md5').update(name).digest('hex');

function locationOf(operation: SavepointOperation): string {
  if (operation.status !== 'completed')
    throw new Error(`no savepoint: ${JSON.stringify(operation)}`);
  return operation.location;
}

/** Asks until there is an answer. @throws after 20 s. */
async function until<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
  const deadline = performance.now() + 20_000;
  for (;;) {
    const found = await ask();
    if (found !== undefined) return found;
    if (performance.now() > deadline) throw new Error(`Waited 20 s: ${what}`);
    await pause(50);
  }
}
