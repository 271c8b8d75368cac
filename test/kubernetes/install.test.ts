import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CounterDeployment } from '../e2e/support/counter-deployment.ts';
import { until } from '../e2e/support/until.ts';
import { openTruth } from './support/arena.ts';
import { type Installation, install } from './support/installation.ts';
import { kubectl } from './support/kubectl.ts';
import { makeTarget, onTheVolume, takeSampleJob } from './support/on-the-volume.ts';
import { ownNode } from './support/own-node.ts';

// Image, Temporal and Postgres are brought to the node by ways that other clusters do not have.
const isOurs = ownNode(process.env.KUBECONFIG ?? '') !== undefined;

describe.skipIf(!isOurs)('Sluice in the cluster, from its manifests', () => {
  let installed: Installation;
  let folder: string;
  let sampleJob: string;
  let counter: CounterDeployment;
  let truth: Awaited<ReturnType<typeof openTruth>>;
  beforeAll(async () => {
    installed = await install();
    folder = await mkdtemp(join(tmpdir(), 'sluice-install-'));
    sampleJob = await takeSampleJob(installed, folder);
    truth = await openTruth(installed.flink);
    counter = new CounterDeployment(installed.api, truth.truth, 'installed');
  }, 300_000);
  afterAll(async () => {
    await truth?.close();
    await installed?.close();
    if (folder) await rm(folder, { recursive: true });
  }, 300_000);

  const accountMay = async (verb: string, resource: string, namespace: string) => {
    const account = `system:serviceaccount:${installed.sluice.namespace}:sluice-worker`;
    const words = ['auth', 'can-i', verb, resource, '-n', namespace, '--as', account];
    // It says `no` and exits with 1; whatever else it says is neither.
    const said = await kubectl(...words).catch(({ stdout }: { stdout: string }) => stdout);
    return said.trim();
  };

  test('it is ready, and lets nobody in without the token', async () => {
    expect(await installed.stranger.call('GET', '/readyz')).toMatchObject({ status: 200 });
    const path = '/api/v1/namespaces/default/deployments';
    expect(await installed.stranger.call('GET', path)).toMatchObject({ status: 401 });
  });

  test('its worker has rights where Flink runs, and nowhere else', async () => {
    const { sluice, flink } = installed;
    expect(await accountMay('create', 'pods', flink.namespace)).toBe('yes');
    expect(await accountMay('get', 'secrets', flink.namespace)).toBe('no');
    for (const namespace of [sluice.namespace, 'default'])
      expect(await accountMay('list', 'pods', namespace)).toBe('no');
  });

  test('there is no target `local`, which no worker here could serve', async () => {
    expect((await installed.api.ok('GET', '/deployment-targets')).items).toEqual([]);
  });

  test('a Deployment runs in another namespace, with its state on a volume there', async () => {
    await makeTarget(installed);
    await counter.create(await installed.api.upload(sampleJob), onTheVolume());
    await counter.reaches('RUNNING');
    await counter.counted();
  });

  test('workers are replaced while it runs, and it does not notice', async () => {
    const [job, { count }] = [await counter.jobId(), await counter.counted()];
    const rollout = ['-n', installed.sluice.namespace, 'rollout'];
    await kubectl(...rollout, 'restart', 'deployment/sluice-worker');
    await kubectl(...rollout, 'status', 'deployment/sluice-worker', '--timeout=3m');
    expect(await counter.jobId()).toBe(job);
    expect((await counter.counted(count)).gap).toBe(0);
  });

  test('its JobManager is lost: the workers find its newest checkpoint on the volume', async () => {
    const [old, { count }] = [await counter.jobId(), await counter.checkpointed()];
    const selector = `app.kubernetes.io/component=jobmanager,sluice.dev/job=${old}`;
    const [pod] = await installed.flink.pods(selector);
    if (!pod) throw new Error(`no JobManager of ${old}`);
    await installed.flink.deletePod(pod);
    await until(
      'another job runs',
      async () => (await counter.get()).status,
      ({ state, running }) => state === 'RUNNING' && running.jobId !== old,
    );
    const after = await counter.counted();
    expect(after.restored).toBeGreaterThanOrEqual(count);
    expect(after.gap).toBe(0);
  });

  test('it is suspended and resumed from its savepoint', async () => {
    const { count } = await counter.counted();
    await counter.patch({ state: 'SUSPENDED' });
    await counter.reaches('SUSPENDED');
    await counter.patch({ state: 'RUNNING' });
    await counter.reaches('RUNNING');
    expect((await counter.counted()).restored).toBeGreaterThanOrEqual(count);
  });

  test('it is cancelled, and nothing of it is left but the mark that it is dead', async () => {
    await counter.patch({ state: 'CANCELLED' });
    await counter.reaches('CANCELLED');
    const { flink } = installed;
    expect(await flink.left()).toEqual([]);
    expect(await flink.tombstones()).not.toEqual([]);
  });

  test("Flink 1.20 is started by its image's own scripts as well", async () => {
    const older = new CounterDeployment(installed.api, truth.truth, 'older');
    const jar = await installed.api.upload(sampleJob);
    await older.create(jar, { ...onTheVolume(0.4, '1.20'), flinkVersion: '1.20' });
    await older.reaches('RUNNING');
    await older.counted();
    await older.become('CANCELLED');
    expect(await installed.flink.left()).toEqual([]);
  });
});
