import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createLocalTarget } from './local-target.ts';
import * as at from './testing/host.ts';

const { forever } = at;
const controller = fileURLToPath(new URL('testing/controller.ts', import.meta.url));

/** A disk of 64 KiB can be mounted without being root where user namespaces are allowed. */
const mounts = (() => {
  try {
    execFileSync('unshare', ['-Urm', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

describe('a cluster is refused', () => {
  let host: at.Host;
  beforeEach(() => {
    host = at.openHost();
  });
  afterEach(async () => await host.close());

  const refused = async (
    code: string,
    message: RegExp,
    spec = at.newCluster(),
    options = host.options,
  ) => {
    const call = createLocalTarget(options).ensure(spec, forever);
    await expect(call).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  };

  test('when the host has as many as it may', async () => {
    const options = { ...host.options, maxClusters: 3 };
    const target = createLocalTarget(options);
    const calls = Array.from({ length: 6 }, () =>
      target.ensure(at.newCluster({ taskManagers: 0 }), forever),
    );
    const outcomes = await Promise.allSettled(calls);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    expect(host.folders()).toHaveLength(3);
    expect(host.claims()).toHaveLength(3);
    await refused('NO_ROOM_ON_TARGET', /3 of at most 3/, at.newCluster(), options);

    const [some] = await target.list(forever);
    if (some) await target.destroy(some, forever);
    await target.ensure(at.newCluster(), forever);
  });

  test('when its Flink version is not installed', async () => {
    const spec = at.newCluster({ flinkVersion: '1.19' });
    await refused('UNKNOWN_FLINK_VERSION', /1\.19.*2\.3\.0, 1\.20\.5/, spec);
    expect(host.folders()).toEqual([]);
  });

  test('when there is no JDK, and made once there is one', async () => {
    const [java, hidden] = [host.options.java, `${host.options.java}-hidden`];
    renameSync(java, hidden);
    const spec = at.newCluster();
    await refused('JDK_MISSING', /JAVA_HOME/, spec);
    writeFileSync(java, 'not executable', { mode: 0o644 });
    await refused('JDK_MISSING', /EACCES/, spec);
    renameSync(hidden, java);
    const made = await createLocalTarget(host.options).ensure(spec, forever);
    expect(made).toMatchObject({ jobManager: 'running', taskManagersRunning: 2 });
  });

  test('when its processes would be too small', async () => {
    const resources = { cpu: 1, memory: '200m' };
    const spec = at.newCluster({ resources: { jobmanager: resources, taskmanager: resources } });
    await refused(
      'CLUSTER_START_FAILED',
      /200m is too little for a JobManager. Give it \d+m/,
      spec,
    );
  });

  test('when it would have more processes than any host bears (R35)', async () => {
    const spec = at.newCluster({ taskManagers: 2_147_483_647 });
    await refused('CLUSTER_START_FAILED', /bears \d+ TaskManagers of one cluster/, spec);
    expect([host.claims(), host.folders()]).toEqual([[], []]);
  });

  test('when its state cannot be written', async () => {
    const file = join(host.folder, 'file');
    writeFileSync(file, '');
    const directory = pathToFileURL(join(file, 'checkpoints')).href;
    const spec = at.newCluster({ stateDirectories: [directory] });
    await refused('CLUSTER_START_FAILED', /state directory file:.*checkpoints/, spec);
    expect([host.claims(), host.folders()]).toEqual([[], []]);
  });

  test('but not for a state directory that is missing: it is made', async () => {
    const path = join(host.folder, 'new', 'checkpoints');
    const spec = at.newCluster({ stateDirectories: [pathToFileURL(path).href, 's3://bucket/c'] });
    await createLocalTarget(host.options).ensure(spec, forever);
    expect(existsSync(path)).toBe(true);
    expect(readdirSync(path)).toEqual([]);
  });

  test('when the call was given up before', async () => {
    const call = createLocalTarget(host.options).ensure(at.newCluster(), AbortSignal.abort());
    await expect(call).rejects.toMatchObject({ name: 'AbortError' });
    expect(host.folders()).toEqual([]);
  });

  /** Runs a controller whose data are on a disk of the given size. */
  async function onSmallDisk(size: string, operations: string[]): Promise<string[]> {
    const options = { ...host.options, dataDirectory: join(host.folder, 'disk') };
    mkdirSync(options.dataDirectory, { recursive: true });
    const order = JSON.stringify({ options, cluster: at.newCluster(), operations });
    const script = `mount -t tmpfs -o size=${size} tmpfs "$1" && shift && exec "$@"`;
    const command = ['-Urm', 'sh', '-c', script, 'sh', options.dataDirectory];
    const output = await new Promise<string>((resolve) => {
      execFile('unshare', [...command, process.execPath, controller, order], (_, stdout) =>
        resolve(stdout),
      );
    });
    return output.trim().split('\n');
  }

  test.skipIf(!mounts)('when the disk is full, and leaves nothing behind', async () => {
    expect(await onSmallDisk('64k', ['fill', 'ensure'])).toEqual(['DISK_FULL']);
    expect(host.claims()).toEqual([]);
  });

  test.skipIf(!mounts)('but a full disk keeps no cluster from being destroyed', async () => {
    const [made, destroyed, again] = await onSmallDisk('1m', [
      'ensure',
      'fill',
      'destroy',
      'ensure',
    ]);
    expect(made).toContain('"jobManager":"running"');
    expect(destroyed).toContain('no process on');
    expect(again).toBe('FENCED_OUT');
    expect(host.claims()).toEqual([]);
  });
});

describe('a process that ignores SIGTERM', () => {
  test('is killed once its grace is over', async () => {
    const host = at.openHost({ script: at.scripts.ignoresSigterm, stopGraceMs: 100 });
    const cluster = at.newCluster({ taskManagers: 1 });
    const target = createLocalTarget(host.options);
    await target.ensure(cluster, forever);
    await at.until(() => host.starts().length === 2);
    await target.destroy(cluster, forever);
    expect(await at.processesOf(host, cluster)).toEqual(new Map());
    await host.close();
  });
});
