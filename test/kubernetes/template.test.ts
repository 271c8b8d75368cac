import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { CounterDeployment } from '../e2e/support/counter-deployment.ts';
import { until } from '../e2e/support/until.ts';
import { type Arena, openArena } from './support/arena.ts';
import { containersOf, flinkOf, labelsOf, logOf } from './support/effects.ts';

let arena: Arena;
beforeAll(async () => {
  arena = await openArena('sluice-template');
});
afterAll(async () => {
  expect(await arena.close()).toEqual([]);
});

const entryClass = 'sluice.examples.counter.CounterJob';

describe('a template takes effect, by the word of Flink and Kubernetes (M29)', () => {
  let counter: CounterDeployment;
  let first: Awaited<ReturnType<typeof containersOf>>;

  test('all of it, at the first start', async () => {
    counter = await arena.counter('settings', {
      template: {
        artifact: { entryClass },
        parallelism: 2,
        numberOfTaskManagers: 2,
        resources: {
          jobmanager: { cpu: 0.15, memory: '640m' },
          taskmanager: { cpu: 0.2, memory: '704m' },
        },
        flinkConfiguration: {
          'taskmanager.numberOfTaskSlots': '1',
          'execution.checkpointing.interval': '2s',
          'pipeline.max-parallelism': '24',
        },
        logging: { log4jLoggers: { '': 'WARN', 'org.apache.flink.runtime.checkpoint': 'DEBUG' } },
      },
    });
    await counter.reaches('RUNNING');
    await counter.counted();
    expect(await flinkOf(arena, counter)).toMatchObject({
      flinkVersion: expect.stringMatching(/^2\.3/),
      taskManagers: 2,
      slotsTotal: 2,
      configuration: {
        'jobmanager.memory.process.size': `${640 * 1024 ** 2}b`,
        'taskmanager.memory.process.size': `${704 * 1024 ** 2}b`,
        'pipeline.max-parallelism': '24',
      },
      job: { parallelism: 2 },
      checkpoints: { intervalMs: 2_000, retained: true },
    });
    first = await containersOf(arena, await counter.jobId());
    const partOf = (part: string, cpu: string, memory: number) => ({
      part,
      // That Flink may borrow cores is in the arena's pod template.
      resources: {
        requests: { cpu, memory: `${memory}` },
        limits: { cpu: '2', memory: `${memory}` },
      },
    });
    const taskManager = partOf('taskmanager', '200m', 704 * 1024 ** 2);
    const expected = [partOf('jobmanager', '150m', 640 * 1024 ** 2), taskManager, taskManager];
    expect(first.toSorted((a, b) => (a.part < b.part ? -1 : 1))).toMatchObject(expected);
  });

  test('its loggers: what was asked for is written, and nothing else', async () => {
    const log = await until(
      'a checkpoint is logged',
      () => logOf(arena, counter),
      (text) => / DEBUG org\.apache\.flink\.runtime\.checkpoint/.test(text),
    );
    expect(log).not.toMatch(/ INFO {2}org\.apache\.flink\.runtime\.(?!checkpoint)/);
  });

  test('a change of it, on a cluster of its own with new pods only (M02, M21)', async () => {
    const { count } = await counter.counted();
    const old = await flinkOf(arena, counter);
    const { kubernetes } = (await counter.get()).spec.template.spec;
    const withEnv = (template: { spec: { containers: object[] } }) => ({
      metadata: { labels: { team: 'search' } },
      spec: { containers: [{ ...template.spec.containers[0], env: [{ name: 'A', value: 'b' }] }] },
    });
    await counter.patch({
      template: {
        spec: {
          parallelism: 1,
          numberOfTaskManagers: 1,
          artifact: { mainArgs: '--rate 250' },
          flinkConfiguration: { 'execution.checkpointing.interval': '1s' },
          logging: { log4jLoggers: { '': 'INFO' } },
          kubernetes: {
            jobManagerPodTemplate: withEnv(kubernetes.jobManagerPodTemplate),
            taskManagerPodTemplate: withEnv(kubernetes.taskManagerPodTemplate),
          },
        },
      },
    });
    await counter.reaches('RUNNING');
    const after = await counter.counted(count + 500);
    expect(after.restored).toBeGreaterThanOrEqual(count);
    const ratePerSecond = ((after.count - after.restored) / (after.lastAt - after.firstAt)) * 1_000;
    expect(ratePerSecond).toBeLessThan(400);
    const now = await flinkOf(arena, counter);
    expect(now).toMatchObject({ taskManagers: 1, checkpoints: { intervalMs: 1_000 } });
    expect(now.job?.parallelism).toBe(1);
    expect(now.ref.clusterId).not.toBe(old.ref.clusterId);
    const pods = await containersOf(arena, await counter.jobId());
    for (const pod of pods) {
      expect(pod).toMatchObject({ labels: { team: 'search' }, env: expect.anything() });
      expect(pod.env).toContainEqual({ name: 'A', value: 'b' });
      expect(first.map(({ uid }) => uid)).not.toContain(pod.uid);
    }
    await until(
      'the old pods are gone',
      () => containersOf(arena, old.ref.jobId),
      (left) => left.length === 0,
    );
    expect(await logOf(arena, counter)).toMatch(/ INFO {2}org\.apache\.flink\.runtime\./);
    await counter.become('CANCELLED');
  });
});

test("the page's full example runs, with another artifact, version, target, storage and room (M03, M34)", async () => {
  const url = new URL('../fixtures/documents/deployment-full.yaml', import.meta.url);
  const { metadata, spec } = parse(readFileSync(url, 'utf8'));
  const { deploymentTargetId: _, template, ...others } = spec;
  const { numberOfTaskManagers, logging, flinkConfiguration } = template.spec;
  const { 'state.savepoints.dir': _bucket, ...configuration } = flinkConfiguration;
  const counter = await arena.counter(metadata.name, {
    spec: others,
    template: {
      artifact: { kind: template.spec.artifact.kind, entryClass },
      numberOfTaskManagers,
      logging,
      flinkConfiguration: configuration,
      resources: {
        jobmanager: { cpu: 0.4, memory: '600m' },
        taskmanager: { cpu: 0.4, memory: '700m' },
      },
      kubernetes: {
        labels: { 'cost-center': 'search' },
        pods: { ...podOptions, volumeMounts: [stateVolume(arena.state)] },
        jobManagerPodTemplate: undefined,
        taskManagerPodTemplate: undefined,
      },
    },
  });
  await counter.reaches('RUNNING');
  await counter.counted();
  expect((await counter.get()).spec).toMatchObject({
    state: 'RUNNING',
    restoreStrategy: { kind: 'LATEST_SAVEPOINT', allowNonRestoredState: false },
    upgradeStrategy: { kind: 'STATELESS' },
    maxJobCreationAttempts: 5,
    template: { spec: { artifact: { kind: 'JAR' }, numberOfTaskManagers: 2 } },
  });
  expect(await flinkOf(arena, counter)).toMatchObject({ taskManagers: 2, slotsTotal: 2 });
  const pods = await containersOf(arena, await counter.jobId());
  expect(pods).toHaveLength(3);
  const { annotations, labels, envVars, securityContext, ...passedOn } = podOptions;
  for (const pod of pods) {
    const both = { ...labels, 'cost-center': 'search' };
    expect(pod).toMatchObject({
      annotations,
      labels: both,
      pod: { ...passedOn, tolerations: expect.anything() },
    });
    expect(pod.env).toEqual(expect.arrayContaining(envVars));
    expect(pod.pod.tolerations).toEqual(expect.arrayContaining(podOptions.tolerations));
    // Theirs field by field, the rest is still ours.
    expect(pod.pod.securityContext).toMatchObject({ ...securityContext, runAsNonRoot: true });
  }
  for (const kind of ['configmap', 'service', 'deployment'])
    expect(await labelsOf(arena, kind, await counter.jobId())).toMatchObject({
      'cost-center': 'search',
    });
  await counter.become('CANCELLED');
});

/** What api.md 4.5 lets people say of both kinds of pods, volumes aside. */
const podOptions = {
  annotations: { 'example.com/note': 'kept' },
  labels: { team: 'search' },
  envVars: [{ name: 'A', value: 'b' }],
  nodeSelector: { 'kubernetes.io/os': 'linux' },
  tolerations: [{ key: 'example.com/gpu', operator: 'Exists', effect: 'NoSchedule' }],
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [
          {
            matchExpressions: [
              { key: 'kubernetes.io/arch', operator: 'In', values: ['amd64', 'arm64'] },
            ],
          },
        ],
      },
    },
  },
  securityContext: { fsGroup: 9998 },
  // Kubernetes uses those that are there.
  imagePullSecrets: [{ name: 'registry' }],
};

const stateVolume = (path: string) => ({
  name: 'state',
  volume: { hostPath: { path, type: 'Directory' } },
  volumeMount: { mountPath: path },
});
