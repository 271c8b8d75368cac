import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findSampleJobs } from '../../src/setup/runtimes.ts';
import { CounterDeployment } from '../e2e/support/counter-deployment.ts';
import { until } from '../e2e/support/until.ts';
import { type Arena, imageOf, openArena, smallMemory } from './support/arena.ts';
import { soon } from './support/kube.ts';
import { ownNode } from './support/own-node.ts';
import { type S3Server, s3ServerStartMs, startS3Server } from './support/s3-server.ts';

// The buckets are brought to the pods by a way that other clusters do not have.
const node = ownNode(process.env.KUBECONFIG ?? '');

describe.runIf(node)('a job keeps its state in a bucket', () => {
  let s3: S3Server;
  let arena: Arena;
  let counter: CounterDeployment;
  beforeAll(async () => {
    if (!node) return;
    s3 = await startS3Server('flink');
    arena = await openArena('sluice-s3');
    await arena.kube.make('secrets', {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 's3' },
      stringData: s3.account,
    });
    counter = new CounterDeployment(arena.sluice, arena.truth, 'bucket');
    const jar = await arena.sluice.upload(findSampleJobs().counter);
    await counter.create(jar, inBucket(s3.admit(node)));
    arena.watchState(counter);
  }, s3ServerStartMs);
  afterAll(async () => {
    try {
      expect(await arena?.close()).toEqual([]);
    } finally {
      await s3?.stop();
    }
  });

  /** As a node that is lost takes its JobManager with it: nobody can be asked any more. */
  async function loseJobManager(): Promise<string> {
    const jobId = await counter.jobId();
    const selector = `app.kubernetes.io/component=jobmanager,sluice.dev/job=${jobId}`;
    const [pod] = await arena.kube.pods(selector);
    if (!pod) throw new Error(`no JobManager of ${jobId}`);
    const { name, uid } = pod.metadata;
    const { api, collections } = arena.kube;
    await api.remove(collections.pods, { name, uid, gracePeriodSeconds: 0 }, soon());
    return jobId;
  }

  /** @returns what it counts. */
  async function runsInsteadOf(old: string) {
    await until(
      'another job runs',
      async () => (await counter.get()).status,
      ({ state, running }) => state === 'RUNNING' && running.jobId !== old,
    );
    return await counter.counted();
  }

  let counted = 0;

  test('it runs, and writes its checkpoints there', async () => {
    await counter.reaches('RUNNING');
    counted = (await counter.checkpointed()).count;
  });

  test('its JobManager is lost, and the worker may not look there: uncertain, and nothing starts', async () => {
    await loseJobManager();
    const { failure } = await counter.reaches('FAILED');
    expect(failure.reason).toBe('RESTORE_POINT_UNCERTAIN');
    expect(failure.message).toContain('AWS_ACCESS_KEY_ID');
    expect(await counter.jobs()).toHaveLength(1);
  });

  test('the worker is given credentials: the next change finds its newest checkpoint', async () => {
    await arena.sluice.stop();
    await arena.sluice.start({
      ...s3.account,
      SLUICE_S3_ENDPOINT: s3.url,
      SLUICE_S3_PATH_STYLE: 'true',
    });
    await counter.patch({ template: { spec: { parallelism: 2 } } });
    await counter.reaches('RUNNING');
    const after = await counter.counted();
    expect(after.restored).toBeGreaterThanOrEqual(counted);
    expect(after.gap).toBe(0);
  });

  test('a stateful upgrade counts on', async () => {
    const before = await counter.counted();
    await counter.patch({ template: { spec: { parallelism: 1 } } });
    await counter.reaches('RUNNING');
    const after = await counter.counted(before.count);
    expect(after.restored).toBeGreaterThanOrEqual(before.count);
    expect(after.gap).toBe(0);
  });

  test('its JobManager is lost: it comes back from its latest checkpoint by itself', async () => {
    const before = await counter.checkpointed();
    const after = await runsInsteadOf(await loseJobManager());
    expect(after.restored).toBeGreaterThanOrEqual(before.count);
    expect(after.gap).toBe(0);
  });

  test('the bucket does not answer when it is lost: Sluice waits for it, and says so', async () => {
    const before = await counter.checkpointed();
    await s3.halt();
    const old = await loseJobManager();
    try {
      await counter.waitsFor(/S3 does not answer/);
    } finally {
      await s3.goOn();
    }
    expect((await runsInsteadOf(old)).restored).toBeGreaterThanOrEqual(before.count);
  });

  test('it is suspended, and resumed from its savepoint', async () => {
    await counter.patch({ state: 'SUSPENDED' });
    await counter.reaches('SUSPENDED');
    expect(await arena.kube.left()).toEqual([]);
    await counter.patch({ state: 'RUNNING' });
    await counter.reaches('RUNNING');
    expect((await counter.counted()).restored).toBeGreaterThan(counted);
  });

  test('it is cancelled, and nothing of it is left', async () => {
    await counter.patch({ state: 'CANCELLED' });
    await counter.reaches('CANCELLED');
    expect(await arena.kube.left()).toEqual([]);
  });
});

/** What a user says of the pods: the plugin that the image brings, credentials from a Secret, and where S3 is. */
function inBucket(endpoint: string) {
  const fromSecret = (key: string) => ({
    name: key,
    valueFrom: { secretKeyRef: { name: 's3', key } },
  });
  return {
    spec: { deploymentTargetName: 'kube' },
    template: {
      artifact: imageOf('2.3'),
      resources: {
        jobmanager: { cpu: 0.4, memory: '700m' },
        taskmanager: { cpu: 0.4, memory: '800m' },
      },
      flinkConfiguration: {
        ...smallMemory,
        'state.checkpoints.dir': 's3://flink/checkpoints',
        'state.savepoints.dir': 's3://flink/savepoints',
        's3.endpoint': endpoint,
        's3.path.style.access': 'true',
        // This server has folders, and refuses to delete one that has something in it.
        's3.directory.marker.retention': 'keep',
      },
      kubernetes: {
        pods: {
          envVars: [
            { name: 'ENABLE_BUILT_IN_PLUGINS', value: 'flink-s3-fs-hadoop-2.3.0.jar' },
            fromSecret('AWS_ACCESS_KEY_ID'),
            fromSecret('AWS_SECRET_ACCESS_KEY'),
          ],
        },
      },
    },
  };
}
