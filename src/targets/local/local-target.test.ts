import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ClusterTarget } from '../target.ts';
import { createLocalTarget } from './local-target.ts';
import {
  forever,
  type Host,
  killPart,
  newCluster,
  openHost,
  processesOf,
  scripts,
  until,
} from './testing/host.ts';

/** The life of clusters whose processes are stand-ins for Flink's; real ones are in test/contract. */
describe('a local cluster', () => {
  let host: Host;
  let target: ClusterTarget;

  beforeEach(() => {
    host = openHost();
    target = createLocalTarget(host.options);
  });
  afterEach(async () => await host.close());

  test('is made of one JobManager and its TaskManagers, once', async () => {
    const cluster = newCluster();
    const first = await target.ensure(cluster, forever);
    const processes = await processesOf(host, cluster);
    const second = await target.ensure(cluster, forever);

    const [address] = host.claims();
    expect(first).toEqual({
      kind: 'present',
      restUrl: `http://${address}:18081`,
      jobManager: 'running',
      taskManagersRunning: 2,
      taskManagersWanted: 2,
    });
    expect(second).toEqual(first);
    expect(await target.describe(cluster, forever)).toEqual(first);
    expect([...processes.keys()].toSorted()).toEqual([
      'jobmanager',
      'taskmanager-1',
      'taskmanager-2',
    ]);
    expect(await processesOf(host, cluster)).toEqual(processes);
  });

  test('is made once by many controllers at a time', async () => {
    const cluster = newCluster();
    const targets = Array.from({ length: 8 }, () => createLocalTarget(host.options));
    const seen = await Promise.all(targets.map((each) => each.ensure(cluster, forever)));

    expect(new Set(seen.map((each) => JSON.stringify(each))).size).toBe(1);
    expect((await processesOf(host, cluster)).size).toBe(3);
    expect(host.claims()).toHaveLength(1);
  });

  test('gets back a TaskManager that was killed, and only that one (F32)', async () => {
    const cluster = newCluster();
    await target.ensure(cluster, forever);
    const before = await processesOf(host, cluster);
    await killPart(host, cluster, 'taskmanager-2');
    const seen = await target.describe(cluster, forever);
    expect(seen).toMatchObject({ jobManager: 'running', taskManagersRunning: 1 });
    expect(seen).toHaveProperty('trouble', 'TaskManager 2 was ended by SIGKILL');

    const repaired = await target.ensure(cluster, forever);
    const after = await processesOf(host, cluster);
    expect(repaired).toMatchObject({ taskManagersRunning: 2 });
    expect(after.get('jobmanager')).toEqual(before.get('jobmanager'));
    expect(after.get('taskmanager-1')).toEqual(before.get('taskmanager-1'));
    expect(after.get('taskmanager-2')).not.toEqual(before.get('taskmanager-2'));
  });

  test('never gets a second JobManager (R21, R30)', async () => {
    const cluster = newCluster();
    await target.ensure(cluster, forever);
    await killPart(host, cluster, 'jobmanager');
    const gone = { kind: 'present', jobManager: 'exited', taskManagersRunning: 2 };
    expect(await target.describe(cluster, forever)).toMatchObject(gone);
    expect(await target.ensure(cluster, forever)).toMatchObject(gone);
    expect(await createLocalTarget(host.options).ensure(cluster, forever)).not.toHaveProperty(
      'restUrl',
    );
    expect((await processesOf(host, cluster)).has('jobmanager')).toBe(false);
  });

  test('is destroyed without a trace, however often it is asked for', async () => {
    const cluster = newCluster();
    await target.ensure(cluster, forever);
    const { evidence } = await target.destroy(cluster, forever);

    expect(evidence).toContain(cluster.clusterId);
    expect(await processesOf(host, cluster)).toEqual(new Map());
    expect([host.claims(), host.folders()]).toEqual([[], []]);
    expect(await target.list(forever)).toEqual([]);
    expect(await target.describe(cluster, forever)).toMatchObject({ kind: 'absent' });
    await target.destroy(cluster, forever);
  });

  test('that was destroyed is not made again by a late call (R21, reliability.md 2.2)', async () => {
    const cluster = newCluster();
    await target.destroy(cluster, forever);
    const late = createLocalTarget(host.options).ensure(cluster, forever);
    await expect(late).rejects.toMatchObject({ code: 'FENCED_OUT', retryable: false });
    expect([host.claims(), host.folders(), host.starts()]).toEqual([[], [], []]);
  });

  test('ends one way when it is made and destroyed at the same time', async () => {
    const cluster = newCluster();
    const calls = [0, 1, 2, 3].flatMap(() => [
      createLocalTarget(host.options).ensure(cluster, forever),
      createLocalTarget(host.options).destroy(cluster, forever),
    ]);
    await Promise.allSettled(calls);
    expect(await processesOf(host, cluster)).toEqual(new Map());
    expect([host.claims(), host.folders()]).toEqual([[], []]);
    expect(await target.describe(cluster, forever)).toMatchObject({ kind: 'absent' });
  });

  test('that was never made is absent', async () => {
    const seen = await target.describe(newCluster(), forever);
    expect(seen).toMatchObject({
      kind: 'absent',
      evidence: expect.stringContaining('no process on'),
    });
  });

  test('says with its last words why it does not come up', async () => {
    const failing = openHost({ script: scripts.exitsAtOnce });
    const cluster = newCluster({ taskManagers: 1 });
    const other = createLocalTarget(failing.options);
    await other.ensure(cluster, forever);
    const trouble = async () => {
      const seen = await other.describe(cluster, forever);
      return seen.kind === 'present' && seen.jobManager === 'exited' ? seen.trouble : undefined;
    };
    await until(async () => (await trouble()) !== undefined);
    expect(await trouble()).toBe(
      'JobManager exited with code 3. Its last lines:\nno memory for the heap',
    );
    await failing.close();
  });
});
