import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ClusterSpec } from '../../src/core/cluster.ts';
import { withoutDashes } from '../../src/core/ids.ts';
import type { FlinkClient, FlinkEndpoint } from '../../src/flink/client.ts';
import { createFlinkClient } from '../../src/flink/create-client.ts';
import { findRuntimes, findSampleJobs, type Runtimes } from '../../src/setup/runtimes.ts';
import { flinkVersions } from '../../src/setup/versions.ts';
import { createLocalTarget } from '../../src/targets/local/local-target.ts';
import type { ClusterTarget } from '../../src/targets/target.ts';
import { newCluster } from '../../src/targets/testing/new-cluster.ts';

const { signal } = new AbortController();

/** The local target with real Flink of both lines. One JobManager and one TaskManager live at a time; one story a line. */
describe.each(flinkVersions)('Flink %s on the local target', (version) => {
  const runtimes = installed();
  if (runtimes === undefined) {
    test.skip('is not set up here: npm run setup', () => undefined);
    return;
  }
  const folder = join(tmpdir(), `sluice-contract-${randomUUID()}`);
  const checkpoints = pathToFileURL(join(folder, 'checkpoints')).href;
  // RocksDB, as most production jobs: it must be there, and its memory must be planned.
  const cluster = clusterFor(version, checkpoints, { 'state.backend.type': 'rocksdb' });
  const flinkJobId = withoutDashes(cluster.jobId);
  let target: ClusterTarget;
  let client: FlinkClient;
  let flink: FlinkEndpoint;
  let restUrl: string;

  beforeAll(() => {
    mkdirSync(folder);
    target = newTarget(runtimes, folder);
    client = createFlinkClient();
  });

  afterAll(async () => {
    for (const ref of await target.list(signal)) await target.destroy(ref, signal);
    await client.close();
    rmSync(folder, { recursive: true });
  });

  const logOf = (part: string): string =>
    readFileSync(
      join(folder, 'data', 'clusters', cluster.clusterId, 'logs', `${part}.log`),
      'utf8',
    );

  /** Every vertex runs, and a checkpoint with a higher id than `after` is complete. */
  const checkpointed = (after = 0): Promise<number> =>
    until('the job runs and checkpoints', async () => {
      const job = await flink.job(flinkJobId, signal);
      const runs = job?.vertices.length && job.vertices.every(({ status }) => status === 'RUNNING');
      const metadata = runs ? newestCheckpoint(checkpoints, flinkJobId) : 0;
      return metadata > after ? metadata : undefined;
    });

  test('comes up with the id of its cluster and the slots of its spec (S30)', async () => {
    const made = await target.ensure(cluster, signal);
    if (made.kind !== 'present' || made.restUrl === undefined)
      throw new Error(JSON.stringify(made));
    restUrl = made.restUrl;
    flink = client.at(restUrl, cluster.clusterId);
    const ready = await until('the TaskManager offers its slots', async () => {
      const overview = await flink.overview(signal).catch(() => undefined);
      return overview && overview.slotsTotal > 0 ? overview : undefined;
    });
    expect(ready).toMatchObject({ flinkVersion: version, taskManagers: 1, slotsTotal: 2 });
    expect(await flink.configuration(signal)).toMatchObject({
      ...cluster.flinkConfiguration,
      'taskmanager.memory.process.size': '640m',
    });
  });

  test('gives its processes the memory and cpu of the spec, and its archives (M29)', async () => {
    const answer = await fetch(`${restUrl}/taskmanagers`, { signal });
    expect(await answer.json()).toMatchObject({
      taskmanagers: [
        {
          memoryConfiguration: { totalProcessMemory: 640 * 2 ** 20 },
          totalResource: { cpuCores: 1.5 },
        },
      ],
    });
    const [jobManager] = commandLines(cluster.clusterId);
    const runtime = runtimes.flink.find((each) => each.version === version);
    if (runtime?.jmArchive) {
      expect(readFileSync(`/proc/${jobManager?.pid}/maps`, 'utf8')).toContain(runtime.jmArchive);
    }
    const heaps = commandLines(cluster.clusterId).map(({ words }) =>
      words.find((word) => word.startsWith('-Xmx')),
    );
    expect(heaps).toEqual(['-Xmx347m', '-Xmx161m']);
  });

  test('logs at the levels of the spec (M29)', () => {
    expect(logOf('jobmanager')).toMatch(/DEBUG org\.apache\.flink\.runtime\.rpc/);
    expect(logOf('taskmanager-1')).not.toMatch(/DEBUG org\.apache\.flink\.runtime\.taskexecutor/);
  });

  test('runs a job over all its slots (M29)', async () => {
    const jarId = await flink.uploadJar(findSampleJobs().counter, 'counter.jar', signal);
    await flink.run(
      {
        jarId,
        jobId: flinkJobId,
        flinkVersion: version,
        programArgs: ['--rate', '200'],
        parallelism: 2,
      },
      signal,
    );
    expect(await checkpointed()).toBeGreaterThan(0);
    expect(await flink.jobConfiguration(flinkJobId, signal)).toMatchObject({ parallelism: 2 });
  });

  test('gets a killed TaskManager back, and its job goes on (F32)', async () => {
    const before = await checkpointed();
    const [, taskManager] = commandLines(cluster.clusterId);
    process.kill(taskManager?.pid ?? 0, 'SIGKILL');
    await until('the TaskManager is missed', async () => {
      const seen = await target.describe(cluster, signal);
      return seen.kind === 'present' && seen.taskManagersRunning === 0 ? seen : undefined;
    });
    await target.ensure(cluster, signal);
    await until('the job is restored', async () => {
      const seen = await flink.checkpoints(flinkJobId, signal);
      return seen?.restored;
    });
    expect(await checkpointed(before)).toBeGreaterThan(before);
  });

  test('leaves nothing but the checkpoints when it is destroyed under a running job', async () => {
    const before = await checkpointed();
    await target.destroy(cluster, signal);
    expect(commandLines(cluster.clusterId)).toEqual([]);
    expect(readdirSync(join(folder, 'data', 'clusters'))).toEqual([]);
    expect(readdirSync(join(folder, 'hosts'))).toEqual([]);
    expect(newestCheckpoint(checkpoints, flinkJobId)).toBeGreaterThanOrEqual(before);
    await expect(fetch(restUrl)).rejects.toThrow();
  });

  test('is not started again after its JobManager was killed (R21, R30)', async () => {
    const other = clusterFor(version, checkpoints);
    await target.ensure(other, signal);
    process.kill(commandLines(other.clusterId)[0]?.pid ?? 0, 'SIGKILL');
    const later = newTarget(runtimes, folder);
    await until('the end is seen', async () => {
      const seen = await later.describe(other, signal);
      return seen.kind === 'present' && seen.jobManager === 'exited' ? seen : undefined;
    });
    expect(await later.ensure(other, signal)).toMatchObject({ jobManager: 'exited' });
    expect(commandLines(other.clusterId)).toHaveLength(1);
    await later.destroy(other, signal);
    expect(commandLines(other.clusterId)).toEqual([]);
  });

  test('says in its own words why a configuration does not start', async () => {
    const broken = clusterFor(version, checkpoints, { 'heartbeat.interval': 'sometimes' });
    await target.ensure({ ...broken, taskManagers: 0 }, signal);
    const seen = await until('the JobManager gives up', async () => {
      const now = await target.describe(broken, signal);
      return now.kind === 'present' && now.jobManager === 'exited' ? now : undefined;
    });
    expect(seen.trouble).toMatch(/JobManager exited with code \d+/);
    expect(seen.trouble).toMatch(/heartbeat\.interval/);
    await target.destroy(broken, signal);
  });
});

function installed(): Runtimes | undefined {
  try {
    return findRuntimes();
  } catch {
    return undefined; // Set-up is incomplete; the skipped test says what to do.
  }
}

const newTarget = ({ flink, java }: Runtimes, folder: string): ClusterTarget =>
  createLocalTarget({
    runtimes: flink,
    java,
    dataDirectory: join(folder, 'data'),
    hostDirectory: join(folder, 'hosts'),
    owner: folder,
  });

function clusterFor(
  version: string,
  checkpoints: string,
  flinkConfiguration: Record<string, string> = {},
): ClusterSpec {
  const resources = { cpu: 1.5, memory: '640m' };
  return newCluster({
    flinkVersion: version.split('.').slice(0, 2).join('.'),
    resources: { jobmanager: resources, taskmanager: resources },
    flinkConfiguration: {
      'taskmanager.numberOfTaskSlots': '2',
      'execution.checkpointing.interval': '250 ms',
      'execution.checkpointing.dir': checkpoints,
      'execution.checkpointing.externalized-checkpoint-retention': 'RETAIN_ON_CANCELLATION',
      ...flinkConfiguration,
    },
    log4jLoggers: { '': 'INFO', 'org.apache.flink.runtime.rpc': 'DEBUG' },
    stateDirectories: [checkpoints],
  });
}

/** Processes that bear the cluster's token, JobManager first. */
function commandLines(clusterId: string): { pid: number; words: string[] }[] {
  const found: { pid: number; words: string[] }[] = [];
  for (const name of readdirSync('/proc').filter((each) => /^\d+$/.test(each))) {
    const path = `/proc/${name}/cmdline`;
    const words = existsSync(path) ? readFileSync(path, 'utf8').split('\0') : [];
    if (words.includes(`-Dsluice.cluster=${clusterId}`)) found.push({ pid: Number(name), words });
  }
  const isTaskManager = ({ words }: { words: string[] }) =>
    !words.includes('-Dsluice.part=jobmanager');
  return found.toSorted((a, b) => Number(isTaskManager(a)) - Number(isTaskManager(b)));
}

/** Number of the newest complete checkpoint of a job; 0: none. */
function newestCheckpoint(base: string, flinkJobId: string): number {
  const folder = join(fileURLToPath(base), flinkJobId);
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const complete = names.filter((name) => existsSync(join(folder, name, '_metadata')));
  return Math.max(0, ...complete.map((name) => Number(name.replace('chk-', ''))));
}

/** Asks until there is an answer. @throws after 60 s. */
async function until<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    const found = await ask();
    if (found !== undefined) return found;
    if (performance.now() > deadline) throw new Error(`waited 60 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
