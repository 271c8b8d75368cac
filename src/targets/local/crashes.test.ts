import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ClusterSpec } from '../../core/cluster.ts';
import { createLocalTarget, type LocalStep } from './local-target.ts';
import { forever, type Host, newCluster, openHost, processesOf } from './testing/host.ts';

const controller = fileURLToPath(new URL('testing/controller.ts', import.meta.url));

/** Controllers that are killed with SIGKILL, and what the next one makes of what they left. */
describe('after a controller was killed', { timeout: 20_000 }, () => {
  let host: Host;
  let cluster: ClusterSpec;

  beforeEach(() => {
    host = openHost();
    cluster = newCluster();
  });
  afterEach(async () => await host.close());

  async function killController(operation: 'ensure' | 'destroy', killAfter: LocalStep) {
    const order = JSON.stringify({
      options: host.options,
      cluster,
      operations: [operation],
      killAfter,
    });
    const signal = await new Promise((resolve) => {
      execFile(process.execPath, [controller, order], (error) => resolve(error?.signal));
    });
    expect(signal).toBe('SIGKILL');
  }

  async function expectNothingLeft() {
    expect(await processesOf(host, cluster)).toEqual(new Map());
    expect([host.claims(), host.folders()]).toEqual([[], []]);
    expect(await createLocalTarget(host.options).list(forever)).toEqual([]);
  }

  test.each<LocalStep>([
    'address claimed',
    'folder made',
    'JobManager spawned',
    'JobManager recorded',
    'TaskManager spawned',
    'TaskManager recorded',
  ])('once it said "%s", the next one finishes its cluster', async (step) => {
    await killController('ensure', step);
    const target = createLocalTarget(host.options);
    const left = await processesOf(host, cluster);

    const made = await target.ensure(cluster, forever);
    const now = await processesOf(host, cluster);
    expect(made).toMatchObject({ jobManager: 'running', taskManagersRunning: 2 });
    expect(now.size).toBe(3);
    for (const [part, process] of left) expect(now.get(part)).toEqual(process);
    expect(host.claims()).toHaveLength(1);
    expect(host.folders()).toEqual([cluster.clusterId]);

    await target.destroy(cluster, forever);
    await expectNothingLeft();
  });

  test('before the decided start of the JobManager, it is never started', async () => {
    await killController('ensure', 'JobManager intended');
    const target = createLocalTarget(host.options);
    const exited = { kind: 'present', jobManager: 'exited', taskManagersRunning: 0 };
    expect(await target.describe(cluster, forever)).toMatchObject(exited);
    expect(await target.ensure(cluster, forever)).toMatchObject(exited);
    expect(host.starts()).toEqual([]);
    await target.destroy(cluster, forever);
    await expectNothingLeft();
  });

  test.each<LocalStep>([
    'address claimed',
    'folder made',
    'JobManager intended',
    'JobManager spawned',
    'TaskManager spawned',
  ])('once it said "%s", its cluster can be destroyed', async (step) => {
    await killController('ensure', step);
    await createLocalTarget(host.options).destroy(cluster, forever);
    await expectNothingLeft();
  });

  test.each<LocalStep>([
    'tombstone written',
    'JobManager ended',
    'TaskManagers ended',
    'address freed',
    'folder removed',
  ])('once it said "%s", the next one finishes the removal', async (step) => {
    const target = createLocalTarget(host.options);
    await target.ensure(cluster, forever);
    await killController('destroy', step);
    await expect(target.ensure(cluster, forever)).rejects.toMatchObject({ code: 'FENCED_OUT' });
    await target.destroy(cluster, forever);
    await expectNothingLeft();
  });

  test('that had ended the JobManager, the TaskManagers are still there: they go last (R04)', async () => {
    const target = createLocalTarget(host.options);
    await target.ensure(cluster, forever);
    await killController('destroy', 'JobManager ended');
    const left = await processesOf(host, cluster);
    expect([...left.keys()].sort()).toEqual(['taskmanager-1', 'taskmanager-2']);
    await target.destroy(cluster, forever);
    await expectNothingLeft();
  });

  test('the processes it started live on and are adopted', async () => {
    await killController('ensure', 'TaskManager recorded');
    const before = await processesOf(host, cluster);
    expect(before.size).toBe(2);
    await createLocalTarget(host.options).ensure(cluster, forever);
    expect((await processesOf(host, cluster)).get('jobmanager')).toEqual(before.get('jobmanager'));
  });
});
