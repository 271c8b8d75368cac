import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ClusterSpec } from '../../core/cluster.ts';
import type { ClusterTarget } from '../target.ts';
import { withLock } from './kernel-lock.ts';
import { createLocalTarget } from './local-target.ts';
import { identify } from './processes.ts';
import * as at from './testing/host.ts';

const { forever } = at;

/** Which processes are taken for a cluster's, and which never. */
describe('a process', () => {
  let host: at.Host;
  let target: ClusterTarget;
  let cluster: ClusterSpec;
  let bystander: ChildProcess;

  beforeEach(async () => {
    host = at.openHost();
    target = createLocalTarget(host.options);
    cluster = at.newCluster({ taskManagers: 1 });
    await target.ensure(cluster, forever);
  });
  afterEach(async () => {
    bystander?.kill('SIGKILL');
    await host.close();
  });

  const fileOf = (...path: string[]) =>
    join(host.options.dataDirectory, 'clusters', cluster.clusterId, ...path);

  function startBystander(env: NodeJS.ProcessEnv = {}, words: string[] = []): number {
    bystander = spawn('/bin/sh', ['-c', 'read -r _', ...words], {
      env,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    return bystander.pid ?? 0;
  }

  test('that got the id of a dead one is neither counted nor signalled', async () => {
    await at.killPart(host, cluster, 'jobmanager');
    const recorded = JSON.parse(readFileSync(fileOf('jobmanager', 'process.json'), 'utf8'));
    const pid = startBystander();
    writeFileSync(fileOf('jobmanager', 'process.json'), JSON.stringify({ ...recorded, pid }));

    expect(await target.describe(cluster, forever)).toMatchObject({ jobManager: 'exited' });
    await target.destroy(cluster, forever);
    expect(await identify(pid)).toBeDefined();
  });

  test('that merely speaks of a cluster does not belong to it', async () => {
    const words = [...((await at.processesOf(host, cluster)).get('jobmanager')?.arguments ?? [])];
    await at.killPart(host, cluster, 'jobmanager');
    const pid = startBystander({}, words);
    expect(await target.describe(cluster, forever)).toMatchObject({ jobManager: 'exited' });
    await target.destroy(cluster, forever);
    expect(await identify(pid)).toBeDefined();
  });

  test('that was never recorded is found by its token', async () => {
    for (const part of ['jobmanager', 'taskmanager-1']) rmSync(fileOf(part, 'process.json'));
    const before = await at.processesOf(host, cluster);
    const whole = { jobManager: 'running', taskManagersRunning: 1 };
    expect(await target.describe(cluster, forever)).toMatchObject(whole);
    expect(await target.ensure(cluster, forever)).toMatchObject(whole);
    expect(await at.processesOf(host, cluster)).toEqual(before);
  });

  test('whose folder is gone is listed, described and removed, not added to (S5)', async () => {
    rmSync(fileOf(), { recursive: true });
    const { clusterId, jobId, deploymentId, namespace, target: name } = cluster;
    expect(await target.list(forever)).toEqual([
      { clusterId, jobId, deploymentId, namespace, target: name },
    ]);
    const orphaned = { kind: 'present', trouble: expect.stringContaining('only good for removal') };
    expect(await target.describe(cluster, forever)).toMatchObject(orphaned);
    expect(await target.ensure(cluster, forever)).toMatchObject(orphaned);
    await target.destroy(cluster, forever);
    expect(await at.processesOf(host, cluster)).toEqual(new Map());
    expect(host.claims()).toEqual([]);
  });

  test('that a job started goes with its cluster (F40)', async () => {
    const child = startBystander({
      SLUICE_CLUSTER: `${host.options.owner}/${cluster.clusterId}`,
    });
    await at.until(async () => (await identify(child)) !== undefined);
    await target.destroy(cluster, forever);
    expect(await identify(child)).toBeUndefined();
  });

  test('of another installation on the same host is let alone', async () => {
    const other = at.openHost({ hostDirectory: join(host.folder, 'hosts') });
    const theirs = createLocalTarget(other.options);
    await theirs.ensure(cluster, forever);
    expect(host.claims()).toHaveLength(2);
    await theirs.destroy(cluster, forever);
    expect(await target.describe(cluster, forever)).toMatchObject({ jobManager: 'running' });
    expect(host.claims()).toHaveLength(1);
    await other.close();
  });

  test('is gone after the host was booted again, whatever its id says', async () => {
    const file = JSON.parse(readFileSync(fileOf('cluster.json'), 'utf8'));
    const before = await at.processesOf(host, cluster);
    for (const part of before.values()) process.kill(part.pid, 'SIGKILL');
    await at.until(async () => (await at.processesOf(host, cluster)).size === 0);
    const recycled = await identify(startBystander());
    writeFileSync(fileOf('jobmanager', 'process.json'), JSON.stringify(recycled));
    expect(await target.describe(cluster, forever)).toMatchObject({ jobManager: 'running' });

    const host2 = { ...file.host, bootId: 'another boot' };
    writeFileSync(fileOf('cluster.json'), JSON.stringify({ ...file, host: host2 }));
    expect(await target.describe(cluster, forever)).toMatchObject({ jobManager: 'exited' });
  });

  test('of another host cannot be seen from here: unknown, not absent (S25)', async () => {
    const file = JSON.parse(readFileSync(fileOf('cluster.json'), 'utf8'));
    const elsewhere = { ...file.host, bootId: 'another boot', host: 'elsewhere' };
    writeFileSync(fileOf('cluster.json'), JSON.stringify({ ...file, host: elsewhere }));
    const why = expect.stringContaining('elsewhere');
    expect(await target.describe(cluster, forever)).toEqual({ kind: 'unknown', why });
    await expect(target.destroy(cluster, forever)).rejects.toMatchObject({
      code: 'TARGET_UNREACHABLE',
    });
    expect((await at.processesOf(host, cluster)).size).toBe(2);
    writeFileSync(fileOf('cluster.json'), JSON.stringify(file));
  });

  test('is unknown where the notes about it are damaged, not absent (S25)', async () => {
    const text = readFileSync(fileOf('cluster.json'), 'utf8');
    writeFileSync(fileOf('cluster.json'), text.slice(0, 20));
    const why = expect.stringContaining('damaged');
    expect(await target.describe(cluster, forever)).toEqual({ kind: 'unknown', why });
    writeFileSync(fileOf('cluster.json'), text);
  });

  test('that is being started by another controller is unknown until that is over', async () => {
    const young = at.newCluster();
    const name = ['cluster', young.clusterId, host.options.owner];
    await withLock(name, forever, async () => {
      expect(await target.describe(young, forever)).toMatchObject({ kind: 'unknown' });
    });
    expect(await target.describe(young, forever)).toMatchObject({ kind: 'absent' });
  });
});
