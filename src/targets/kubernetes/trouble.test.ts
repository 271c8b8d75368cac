import { describe, expect, test } from 'vitest';
import { replies } from './replies.ts';
import { findingOf, refusedPods, troubleBeside } from './trouble.ts';

const main = 'flink-main-container';
const podOf = (status: object, metadata: object = {}, spec: object = {}) =>
  replies.pod.parse({ metadata: { name: 'p', uid: 'u', ...metadata }, spec, status });
const waiting = (reason: string, message = 'words', more: object = {}) => ({
  phase: 'Pending',
  containerStatuses: [{ name: main, state: { waiting: { reason, message } }, ...more }],
});
const ended = (exitCode: number, reason: string) => ({ terminated: { exitCode, reason } });
const unscheduled = (message: string) => ({
  phase: 'Pending',
  conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }],
});
const said = (text: string) => expect.stringContaining(text);

test('a pod that runs has no finding', () => {
  expect(findingOf(podOf({ phase: 'Running' }))).toBeUndefined();
});

describe('what a container waits for in vain is told with its reason (F08)', () => {
  test.each([
    'ErrImagePull',
    'ImagePullBackOff',
    'ErrImageNeverPull',
    'InvalidImageName',
    'CreateContainerConfigError',
  ])('%s', (reason) => {
    const why = said(`container ${main}: ${reason}: words`);
    expect(findingOf(podOf(waiting(reason)))).toEqual({ kind: 'stuck', why });
  });

  test('CrashLoopBackOff, with how it ended last', () => {
    const status = waiting('CrashLoopBackOff', 'back-off', { lastState: ended(137, 'OOMKilled') });
    expect(findingOf(podOf({ ...status, phase: 'Running' }))).toEqual({
      kind: 'stuck',
      why: said('it ended last with exit code 137, OOMKilled'),
    });
  });

  test('also where it is an init container', () => {
    const { containerStatuses } = waiting('ErrImagePull');
    const status = { phase: 'Pending', initContainerStatuses: containerStatuses };
    expect(findingOf(podOf(status))).toMatchObject({ kind: 'stuck' });
  });
});

describe('a container beside Flink does not stand in its way', () => {
  const beside = (main_: object, sidecar: object, phase = 'Pending') =>
    podOf({
      phase,
      containerStatuses: [
        { name: 'logs', state: sidecar },
        { name: main, state: main_ },
      ],
    });
  const noImage = { waiting: { reason: 'ImagePullBackOff', message: 'no such image' } };
  const running = { running: { startedAt: '2026-01-01T00:00:00Z' } };

  // The pod is Pending to Kubernetes as long as any of its containers waits.
  test('Flink runs where the other cannot be pulled, which is told', () => {
    const pod = beside(running, noImage);
    expect(findingOf(pod)).toBeUndefined();
    expect(troubleBeside(pod)).toBe('pod p: container logs: ImagePullBackOff: no such image');
  });

  test('where Flink itself is still being made it is waited for', () => {
    const pod = beside({ waiting: { reason: 'ContainerCreating' } }, noImage);
    expect(findingOf(pod)).toMatchObject({ kind: 'pending', why: said('is Pending') });
  });

  test('with both in trouble, that of Flink counts', () => {
    const pod = beside({ waiting: { reason: 'CrashLoopBackOff', message: 'again' } }, noImage);
    expect(findingOf(pod)).toEqual({ kind: 'stuck', why: said(`${main}: CrashLoopBackOff`) });
  });

  test('of a pod on its way out Flink does not count as running', () => {
    const { status } = beside(running, noImage);
    const pod = podOf(status, { deletionTimestamp: '2026-01-01T00:00:00Z' });
    expect(findingOf(pod)).toMatchObject({ kind: 'pending' });
  });

  test('with nothing wrong there is nothing to tell', () => {
    expect(troubleBeside(beside(running, running, 'Running'))).toBeUndefined();
    expect(troubleBeside(podOf(waiting('ErrImagePull')))).toBeUndefined();
  });
});

describe('an end is told with what is known of it', () => {
  const endOf = (...statuses: [string, object][]) =>
    statuses.map(([name, state]) => ({ name, state }));
  test.each([
    [
      'killed for want of memory',
      { phase: 'Failed', containerStatuses: endOf([main, ended(137, 'OOMKilled')]) },
      'exit code 137: OOMKilled',
    ],
    [
      'evicted',
      { phase: 'Failed', reason: 'Evicted', message: 'low on memory' },
      'Evicted: low on memory',
    ],
    [
      'evicted, with the ends of its containers',
      {
        phase: 'Failed',
        reason: 'Evicted',
        message: 'low on memory',
        containerStatuses: endOf([main, ended(137, 'ContainerStatusUnknown')]),
      },
      'Evicted: low on memory',
    ],
    [
      'by an init container',
      {
        phase: 'Failed',
        initContainerStatuses: endOf(['fetch', ended(7, 'Error')]),
        containerStatuses: endOf([main, { waiting: { reason: 'PodInitializing' } }]),
      },
      'exit code 7',
    ],
    [
      'of the main container, though a sidecar goes on',
      {
        phase: 'Running',
        containerStatuses: endOf(['logs', { running: {} }], [main, ended(1, 'Error')]),
      },
      'exit code 1: Error',
    ],
  ])('%s', (_, status, words) => {
    expect(findingOf(podOf(status))).toEqual({ kind: 'ended', why: said(words) });
  });

  test('of a sidecar alone is none', () => {
    const containerStatuses = endOf(['logs', ended(1, 'Error')], [main, { running: {} }]);
    expect(findingOf(podOf({ phase: 'Running', containerStatuses }))).toBeUndefined();
  });
});

describe('what may come yet is pending', () => {
  test('for want of room', () => {
    const message = '0/1 nodes are available: 1 Insufficient cpu.';
    expect(findingOf(podOf(unscheduled(message)))).toEqual({
      kind: 'pending',
      why: said(message),
      noRoom: true,
    });
  });

  test('for want of a node that fits, which is no want of room', () => {
    const message = "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.";
    expect(findingOf(podOf(unscheduled(message)))).toEqual({ kind: 'pending', why: said(message) });
  });

  test('a pod on its way out names its node and who holds it', () => {
    const metadata = { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['example.com/x'] };
    const pod = podOf({ phase: 'Running' }, metadata, { nodeName: 'n1' });
    const why = said('since 2026-01-01T00:00:00Z on node n1, held by example.com/x');
    expect(findingOf(pod)).toEqual({ kind: 'pending', why });
  });

  const coming = (status: object) => podOf({ phase: 'Pending', ...status });
  const creating = {
    containerStatuses: [{ name: main, state: { waiting: { reason: 'ContainerCreating' } } }],
  };

  test('for what Kubernetes says in Events alone', () => {
    const pod = { ...coming(creating), said: 'FailedMount: secret "s" not found' };
    const why = 'pod p is Pending: FailedMount: secret "s" not found';
    expect(findingOf(pod)).toEqual({ kind: 'pending', why, untold: true });
  });

  test('where it says nothing, for what the pod shows', () => {
    const ready = { type: 'PodReadyToStartContainers', status: 'False' };
    const why = 'pod p is Pending';
    expect(findingOf(coming({}))).toMatchObject({ why });
    expect(findingOf(coming(creating))).toMatchObject({ why: `${why}: ContainerCreating` });
    expect(findingOf(coming({ ...creating, conditions: [ready] }))).toMatchObject({
      why: `${why}: ContainerCreating: its network or volumes are not ready`,
    });
  });

  test('a pod that nobody knows of is not taken for ended (S25)', () => {
    expect(findingOf(podOf({ phase: 'Unknown' }))).toEqual({
      kind: 'pending',
      why: 'pod p is Unknown',
    });
  });
});

describe('a pod that was given up because its Node was deleted', () => {
  const givenUp = (state?: object) =>
    podOf(
      {
        phase: 'Failed',
        conditions: [{ type: 'DisruptionTarget', status: 'True', reason: 'DeletionByPodGC' }],
        containerStatuses: state ? [{ name: main, state }] : [],
      },
      {},
      { nodeName: 'n1' },
    );

  test.each([
    ['as it was seen last, running', { running: {} }],
    ['with no word of its containers', undefined],
  ])('has not ended by that: whoever did so saw none of its processes (%s, S25)', (_, state) => {
    const why = said('given up with its node n1');
    expect(findingOf(givenUp(state))).toEqual({ kind: 'pending', why });
  });

  test('has, where its kubelet had said so before', () => {
    expect(findingOf(givenUp(ended(1, 'Error')))).toMatchObject({ kind: 'ended' });
  });
});

test('words of others are bounded, and free of control characters', () => {
  const pod = {
    ...podOf({ phase: 'Pending' }),
    said: `a\u0000b\u001b[31mc\r\nd${'x'.repeat(1_000)}`,
  };
  const { why = '' } = findingOf(pod) ?? {};
  expect(why).toContain('a b [31mc dx');
  expect(why).toHaveLength(600);
});

describe('a Deployment that makes no pods says why', () => {
  const deployment = (message: string, status = 'True') =>
    replies.deployment.parse({
      metadata: { name: 'd', uid: 'u' },
      status: { conditions: [{ type: 'ReplicaFailure', status, message }] },
    });
  test('a quota is want of room', () => {
    const message = 'pods "x" is forbidden: exceeded quota: q, used: pods=1';
    expect(refusedPods(deployment(message))).toMatchObject({ kind: 'stuck', noRoom: true });
  });
  test('a policy is not', () => {
    const found = refusedPods(deployment('admission webhook denied the request'));
    expect(found).toEqual({ kind: 'stuck', why: said('denied the request') });
  });
  test('what is over is no trouble', () => {
    expect(refusedPods(deployment('exceeded quota', 'False'))).toBeUndefined();
  });
});
