import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { CounterDeployment } from '../e2e/support/counter-deployment.ts';
import { until } from '../e2e/support/until.ts';
import { type Arena, openArena } from './support/arena.ts';
import { Kube } from './support/kube.ts';
import { forbidLabel } from './support/policy.ts';

let arena: Arena;
/** Runs through all that happens to the others. */
let bystander: CounterDeployment;
let itsJob: string;
beforeAll(async () => {
  arena = await openArena('sluice-trouble', { SLUICE_STANDBY_ROOM_MS: '2000' });
  bystander = await arena.counter('bystander');
  await bystander.reaches('RUNNING');
  itsJob = await bystander.jobId();
  arena.watchState(bystander);
});
afterAll(async () => {
  const isUntouched = (await bystander.jobId()) === itsJob;
  await bystander.patch({ state: 'CANCELLED' });
  await bystander.reaches('CANCELLED');
  expect(await arena.close()).toEqual([]);
  expect(isUntouched).toBe(true);
});

/** Waits for FAILED, which must come within seconds, and for nothing to be left of it. */
async function fails(counter: CounterDeployment): Promise<string> {
  const { status } = await until(
    `${counter.name} is FAILED`,
    () => counter.get(),
    (seen) => seen.status.state === 'FAILED',
    { withinMs: 60_000 },
  );
  const left = await arena.kube.left();
  expect(left.filter((name) => !name.includes(itsJob.replaceAll('-', '')))).toEqual([]);
  return status.failure.message;
}

describe('what Kubernetes has against a start is told in its words, and leaves nothing', () => {
  test('an image that is not there (M30)', async () => {
    const artifact = { flinkImageRepository: 'no-such-flink' };
    const counter = await arena.counter('no-image', {
      spec: { maxJobCreationAttempts: 2 },
      template: { artifact },
    });
    expect(await fails(counter)).toMatch(/ErrImage|ImagePullBackOff/);
    expect(await counter.eventNames()).toContain('FAILED_TO_CREATE_CLUSTER_FOR_JOB');
  });

  test('a policy of the cluster that forbids its pods', async () => {
    onTestFinished(await forbidLabel(arena.kube, 'gpu', 'pods with gpu are forbidden'));
    const counter = await arena.counter('forbidden', {
      spec: { maxJobCreationAttempts: 1 },
      template: { kubernetes: { labels: { gpu: 'yes' } } },
    });
    expect(await fails(counter)).toContain('pods with gpu are forbidden');
  });
});

test('a volume that cannot be mounted yet is waited for and told in its words, and then it runs', async () => {
  const counter = await arena.counter('unmounted', { spec: { state: 'CANCELLED' } });
  const { jobManagerPodTemplate } = (await counter.get()).spec.template.spec.kubernetes;
  const { containers, volumes } = jobManagerPodTemplate.spec;
  const mount = { name: 'late', mountPath: '/late' };
  const spec = {
    containers: [{ ...containers[0], volumeMounts: [...containers[0].volumeMounts, mount] }],
    volumes: [...volumes, { name: 'late', secret: { secretName: 'late' } }],
  };
  const kubernetes = { jobManagerPodTemplate: { spec } };
  await counter.patch({ state: 'RUNNING', template: { spec: { kubernetes } } });
  await counter.waitsFor(/FailedMount: .*secret "late" not found/);
  await arena.kube.make('secrets', {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'late' },
  });
  await counter.reaches('RUNNING');
  expect(await counter.eventNames()).not.toContain('FAILED_TO_CREATE_CLUSTER_FOR_JOB');
  await counter.become('CANCELLED');
});

describe('where it should run is not there', () => {
  test('a target that nobody made', async () => {
    const spec = { deploymentTargetName: 'unmade' };
    const counter = await arena.counter('untargeted', { spec });
    expect(await fails(counter)).toContain('unmade');
    expect(await counter.eventNames()).toContain('REFERENCED_DEPLOYMENT_TARGET_DOES_NOT_EXIST');
  });

  test('a namespace that nobody made: with it, a retry goes through', async () => {
    const elsewhere = await Kube.open('sluice-late');
    onTestFinished(() => elsewhere.close());
    await elsewhere.removeNamespace();
    const { namespace } = elsewhere;
    await arena.sluice.ok('POST', '/deployment-targets', {
      metadata: { name: 'late' },
      spec: { kubernetes: { namespace } },
    });
    const spec = { deploymentTargetName: 'late', maxJobCreationAttempts: 1 };
    const counter = await arena.counter('late', { spec });
    expect(await fails(counter)).toContain(`namespaces "${namespace}" not found`);
    await elsewhere.makeNamespace();
    await counter.patchMetadata({ annotations: { 'made-it': 'yes' } });
    await counter.reaches('RUNNING');
    await counter.become('CANCELLED');
    expect(await elsewhere.left()).toEqual([]);
  });
});

describe('no room beside the old cluster: it goes first, and no state is lost', () => {
  test('a quota leaves room for one', async () => {
    const counter = await arena.counter('quota');
    await counter.reaches('RUNNING');
    arena.watchState(counter);
    const before = await counter.counted();
    await arena.kube.make('resourcequotas', {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'room' },
      spec: { hard: { pods: '4' } },
    });
    await arena.kube.quotaCounts('room');
    await counter.patch({ template: { spec: { parallelism: 2 } } });
    await counter.reaches('RUNNING');
    expect((await counter.counted()).restored).toBeGreaterThanOrEqual(before.count);
    expect(await counter.eventNames()).toContain('RESOURCE_QUOTA_EXCEEDED');
    await arena.kube.unmake('resourcequotas', 'room');
    await counter.patch({ state: 'CANCELLED' });
    await counter.reaches('CANCELLED');
  });

  test('no node has room for two', async () => {
    const half = (await arena.kube.allocatableCpu()) * 0.55;
    const counter = await arena.counter('crowded', {
      template: {
        resources: {
          jobmanager: { cpu: 0.1, memory: '600m' },
          taskmanager: { cpu: half, memory: '700m' },
        },
      },
    });
    await counter.reaches('RUNNING');
    arena.watchState(counter);
    const before = await counter.counted();
    await counter.patch({ template: { spec: { parallelism: 2 } } });
    await counter.reaches('RUNNING');
    expect((await counter.counted()).restored).toBeGreaterThanOrEqual(before.count);
    const told = await counter.eventNames();
    expect(told).toContain('RESOURCE_QUOTA_EXCEEDED');
    await counter.patch({ state: 'CANCELLED' });
    await counter.reaches('CANCELLED');
  });
});

test('a lost TaskManager that may not come back is told while the job runs, and heals with room', async () => {
  const counter = await arena.counter('short');
  await counter.reaches('RUNNING');
  arena.watchState(counter);
  const { count } = await counter.counted();
  const job = await counter.jobId();
  await arena.kube.make('resourcequotas', {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'full' },
    spec: { hard: { pods: '1' } },
  });
  await arena.kube.quotaCounts('full');
  const [worker] = await arena.kube.pods(
    `sluice.dev/job=${job},app.kubernetes.io/component=taskmanager`,
  );
  if (!worker) throw new Error('no TaskManager');
  await arena.kube.deletePod(worker);
  const why = /0 of 1 TaskManagers run: pods of .* are refused: .*exceeded quota: full/;
  await until(
    'an event and a condition say why',
    async () => [
      ...(await counter.messages()),
      ...((await counter.get()).status.running?.conditions ?? []).map(
        ({ message }: { message: string }) => message,
      ),
    ],
    (told) => told.filter((message) => why.test(message)).length === 2,
  );
  await arena.kube.unmake('resourcequotas', 'full');
  // What was counted before it was lost may still be told for a while.
  await until(
    'it counts on from its checkpoint',
    () => counter.counted(count),
    ({ restored }) => restored > 0,
  );
  expect(await counter.jobId()).toBe(job);
  await counter.patch({ state: 'CANCELLED' });
  await counter.reaches('CANCELLED');
});
