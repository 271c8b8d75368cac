import type { ClusterSpec } from '../../../src/core/cluster.ts';
import { flinkVersions } from '../../../src/setup/versions.ts';
import * as targets from '../../../src/targets/testing/new-cluster.ts';
import { flinkImage } from './images.ts';

const newest = flinkVersions.at(-1) ?? '';

/** A small cluster of a Job that nobody else has. */
export function newCluster(more: Partial<ClusterSpec> = {}): ClusterSpec {
  const template = containerWith({
    imagePullPolicy: 'IfNotPresent',
    resources: { limits: { cpu: '2' } },
  });
  return targets.newCluster({
    target: 'kube',
    flinkVersion: newest,
    resources: {
      jobmanager: { cpu: 0.1, memory: '600m' },
      taskmanager: { cpu: 0.1, memory: '700m' },
    },
    image: `${flinkImage.registry}/${flinkImage.repository}:${newest}`,
    kubernetes: { jobManagerPodTemplate: template, taskManagerPodTemplate: template },
    ...more,
  });
}

/** A pod template that says this of the container that runs Flink. */
export const containerWith = (fields: object) => ({
  spec: { containers: [{ name: 'flink-main-container', ...fields }] },
});
