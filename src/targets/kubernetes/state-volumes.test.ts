import { describe, expect, test } from 'vitest';
import type { KubernetesOptions } from '../../core/cluster.ts';
import { requireDurableState } from './state-volumes.ts';
import { newCluster } from './testing/clusters.ts';

const claim = { persistentVolumeClaim: { claimName: 'state' } };
const mounted = (mountPath: string, volume: object = claim) => ({
  name: mountPath,
  volume,
  volumeMount: { mountPath },
});
const check = (uri: string, kubernetes?: KubernetesOptions) =>
  requireDurableState(newCluster({ stateDirectories: [uri], ...(kubernetes && { kubernetes }) }));
const pods = (...volumeMounts: ReturnType<typeof mounted>[]) => ({ pods: { volumeMounts } });
const lost = expect.objectContaining({ code: 'CLUSTER_START_FAILED' });

test('state on a volume that outlives the pods is accepted (S2)', () => {
  check('file:///data/checkpoints', pods(mounted('/data')));
  check('file:///data', pods(mounted('/data/')));
});

describe('state that would go with a pod is refused (S2)', () => {
  test.each([
    ['without a volume', undefined],
    ['beside the mount', pods(mounted('/dat'))],
    ['on an emptyDir', pods(mounted('/data', { emptyDir: {} }))],
    ['on a volume of no kind, which is an emptyDir', pods(mounted('/data', {}))],
    ['on a volume that is made for each pod', pods(mounted('/data', { ephemeral: {} }))],
    [
      'on an emptyDir inside a lasting volume',
      pods(mounted('/'), mounted('/data', { emptyDir: {} })),
    ],
    [
      'on a volume of ours',
      { pods: { volumeMounts: [{ name: 'tmp', volumeMount: { mountPath: '/data' } }] } },
    ],
    ['in the JobManager alone', { taskManagerPodTemplate: templateWith('/data') }],
  ])('%s', (_, kubernetes) => {
    expect(() => check('file:///data/checkpoints', kubernetes)).toThrow(lost);
  });

  test('where our own scratch volume takes the place of the mount', () => {
    expect(() => check('file:///tmp/state', pods(mounted('/tmp')))).toThrow(lost);
  });
});

test('its path is as Flink takes it: without escapes, and with dots that lead elsewhere (S2)', () => {
  check('file:///data/a%20b/c', pods(mounted('/data/a%20b')));
  expect(() => check('file:///data/a%20b/c', pods(mounted('/data/a b')))).toThrow(lost);
  expect(() => check('file:///dat#a/c', pods(mounted('/dat')))).toThrow(lost);
  expect(() => check('file:///data/../tmp/c', pods(mounted('/data')))).toThrow(lost);
});

test('both templates may bring the volume', () => {
  const template = templateWith('/data');
  check('file:///data/x', { jobManagerPodTemplate: template, taskManagerPodTemplate: template });
});

function templateWith(mountPath: string) {
  return {
    spec: {
      volumes: [{ name: 'state', ...claim }],
      containers: [{ name: 'flink-main-container', volumeMounts: [{ name: 'state', mountPath }] }],
    },
  };
}
