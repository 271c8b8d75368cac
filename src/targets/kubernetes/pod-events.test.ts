import { beforeEach, describe, expect, test } from 'vitest';
import { Unreachable } from '../../core/errors/index.ts';
import { KubernetesRefusal } from './answers.ts';
import type { KubernetesApi, Selected } from './api.ts';
import { componentLabel } from './names.ts';
import { PodEvents } from './pod-events.ts';
import { replies } from './replies.ts';
import { forever, newCluster } from './testing/clusters.ts';

const cluster = newCluster();
const podOf = (name: string, status: object = {}, kind = 'taskmanager') =>
  replies.pod.parse({
    metadata: { name, uid: `uid of ${name}`, labels: { [componentLabel]: kind } },
    status,
  });
const slow = podOf('slow');
const at = (second: number) => new Date(second * 1_000).toISOString();
const event = (reason: string, second: number, type = 'Warning', more: object = {}) => ({
  metadata: { creationTimestamp: at(second) },
  type,
  reason,
  message: `words of ${reason}`,
  eventTime: null,
  ...more,
});

let now: number;
let items: unknown[];
let asked: (string | Selected)[];
let fails: () => void;
let events: PodEvents;
beforeEach(() => {
  now = 0;
  items = [event('FailedMount', 1)];
  asked = [];
  fails = () => undefined;
  const list = async (_: string, selected: string | Selected) => {
    asked.push(selected);
    fails();
    return { items };
  };
  events = new PodEvents({ list } as unknown as KubernetesApi, 'flink', () => now);
});

const saidOf = async (...pods: ReturnType<typeof podOf>[]) =>
  (await events.withWords(cluster, pods, forever)).map(({ said }) => said);
const saidAfter = async (seconds: number, ...pods: ReturnType<typeof podOf>[]) => {
  now += seconds * 1_000;
  return await saidOf(...pods);
};
const words = (reason: string) => `${reason}: words of ${reason}`;

describe('is asked', () => {
  test('for a pod that has waited for 5 s, about that pod alone', async () => {
    expect(await saidOf(slow)).toEqual([undefined]);
    expect(await saidAfter(4, slow)).toEqual([undefined]);
    expect(await saidAfter(1, slow)).toEqual([words('FailedMount')]);
    const fieldSelector = `involvedObject.uid=${slow.metadata.uid}`;
    expect(asked).toEqual([{ fieldSelector, onePage: true }]);
  });

  test('once in 5 s; what was said stays in between', async () => {
    await saidOf(slow);
    await saidAfter(5, slow);
    items = [event('FailedCreatePodSandBox', 9)];
    expect(await saidAfter(4, slow)).toEqual([words('FailedMount')]);
    expect(await saidAfter(1, slow)).toEqual([words('FailedCreatePodSandBox')]);
    expect(asked).toHaveLength(2);
  });

  test.each([
    ['runs', { phase: 'Running' }],
    ['has ended', { phase: 'Failed' }],
    ['is nobody knows where', { phase: 'Unknown' }],
    [
      'waits for a node, which its conditions tell',
      { conditions: [{ type: 'PodScheduled', status: 'False' }] },
    ],
    [
      'cannot have its image, which its containers tell',
      {
        containerStatuses: [
          { name: 'flink-main-container', state: { waiting: { reason: 'ErrImagePull' } } },
        ],
      },
    ],
  ])('never for a pod that %s', async (_, status) => {
    const pod = podOf('other', status);
    await saidOf(pod);
    expect(await saidAfter(60, pod)).toEqual([undefined]);
    expect(asked).toEqual([]);
  });

  test('about the JobManager before the others, which is what is told of a cluster', async () => {
    const jobManager = podOf('jm', {}, 'jobmanager');
    await saidOf(slow, jobManager);
    expect(await saidAfter(5, slow, jobManager)).toEqual([undefined, words('FailedMount')]);
  });

  test('anew for another pod, and for one that had come up in between', async () => {
    await saidOf(slow);
    await saidAfter(5, slow);
    expect(await saidAfter(5, podOf('next'))).toEqual([undefined]);
    expect(await saidAfter(5, podOf('slow', { phase: 'Running' }))).toEqual([undefined]);
    expect(await saidAfter(5, slow)).toEqual([undefined]);
  });

  test('also where the clock went back', async () => {
    now = 3_600_000;
    await saidOf(slow);
    expect(await saidAfter(-3_600, slow)).toEqual([words('FailedMount')]);
  });
});

describe('is told', () => {
  const told = async () => {
    await saidOf(slow);
    const [said] = await saidAfter(5, slow);
    return said;
  };

  test.each([
    ['the latest warning', [event('FailedMount', 3), event('FailedAttachVolume', 2)]],
    [
      'one that came again, at the time of its last coming',
      [
        event('FailedAttachVolume', 2),
        event('FailedMount', 1, 'Warning', { lastTimestamp: at(3) }),
      ],
    ],
    [
      'the same in the newer form of Events',
      [
        event('FailedAttachVolume', 2, 'Warning', { eventTime: at(2) }),
        event('FailedMount', 1, 'Warning', { series: { lastObservedTime: at(3) } }),
      ],
    ],
    [
      'a warning before other news',
      [event('FailedMount', 1), event('SuccessfulAttachVolume', 2, 'Normal')],
    ],
  ])('%s', async (_, seen) => {
    items = seen;
    expect(await told()).toBe(words('FailedMount'));
  });

  test.each(['Scheduled', 'Pulling', 'Pulled', 'Created', 'Started'])(
    'no warning once the pod got further (%s)',
    async (reason) => {
      items = [event('FailedScheduling', 1), event(reason, 2, 'Normal')];
      expect(await told()).toBeUndefined();
    },
  );

  test.each([[[]], [[event('Scheduled', 1, 'Normal')]]])(
    'nothing where nothing is amiss',
    async (seen) => {
      items = seen;
      expect(await told()).toBeUndefined();
    },
  );
});

describe('a question that is not answered is none that a look fails by', () => {
  const forbidden = () => {
    throw new KubernetesRefusal(403, 'Forbidden', 'cannot list events', true);
  };

  test('for want of the right, which is asked for slowly', async () => {
    fails = forbidden;
    await saidOf(slow);
    expect(await saidAfter(5, slow)).toEqual([undefined]);
    expect(await saidAfter(59, slow)).toEqual([undefined]);
    expect(asked).toHaveLength(1);
    fails = () => undefined;
    expect(await saidAfter(1, slow)).toEqual([words('FailedMount')]);
  });

  test('in an outage: what was said stays', async () => {
    await saidOf(slow);
    await saidAfter(5, slow);
    fails = () => {
      throw new Unreachable('TARGET_UNREACHABLE', 'no answer');
    };
    expect(await saidAfter(5, slow)).toEqual([words('FailedMount')]);
  });

  test('with what is no list of Events', async () => {
    items = [{ reason: 1 }];
    await saidOf(slow);
    expect(await saidAfter(5, slow)).toEqual([undefined]);
  });
});
