import { posix } from 'node:path';
import { z } from 'zod';
import type { ClusterSpec } from '../../core/cluster.ts';
import { Refused } from '../../core/errors/index.ts';
import { pathOf } from '../../core/file-uri.ts';
import type { Component } from './names.ts';
import { mainContainer } from './pod-options.ts';
import { podTemplate } from './pods.ts';

const mounts = z.object({
  spec: z
    .object({
      volumes: z.array(z.looseObject({ name: z.string() })).default([]),
      containers: z
        .array(
          z.object({
            name: z.string().default(''),
            volumeMounts: z
              .array(z.object({ name: z.string(), mountPath: z.string() }))
              .default([]),
          }),
        )
        .default([]),
    })
    .default({ volumes: [], containers: [] }),
});

/**
 * State in a container's own file system goes with it: each `file:` directory must lie on a volume that outlives the pods
 * (S2). Storage that Flink itself reaches (`s3:`, …) needs none.
 * @throws {Refused} CLUSTER_START_FAILED
 */
export function requireDurableState(spec: ClusterSpec): void {
  for (const component of ['jobmanager', 'taskmanager'] as const) {
    const mounted = containerMounts(spec, component);
    for (const uri of spec.stateDirectories) {
      const path = posix.normalize(pathOf(uri));
      if (mounted.find((mount) => `${path}/`.startsWith(`${mount.path}/`))?.isDurable) continue;
      const message = `${uri} is in the ${component}'s container and would be lost with it: mount a volume there (template.spec.kubernetes.pods.volumeMounts) or keep state on storage such as s3:`;
      throw new Refused('CLUSTER_START_FAILED', message);
    }
  }
}

/** Kinds of volumes that go with the pod, or that nobody writes to. */
const passing = ['emptyDir', 'ephemeral', 'configMap', 'secret', 'downwardAPI', 'projected'];

/** What is mounted in the pod as it will be, ours included; the deepest first, as it hides what is above it. */
function containerMounts(spec: ClusterSpec, component: Component) {
  const { data } = mounts.safeParse(podTemplate(spec, component));
  const isDurable = (name: string) => {
    const kinds = Object.keys(data?.spec.volumes.find((one) => one.name === name) ?? {});
    // One of no kind is an emptyDir to Kubernetes.
    return kinds.length > 1 && !kinds.some((kind) => passing.includes(kind));
  };
  const main = data?.spec.containers.find(({ name }) => name === mainContainer);
  return (main?.volumeMounts ?? [])
    .map(({ name, mountPath }) => ({
      path: mountPath.replace(/\/+$/, ''),
      isDurable: isDurable(name),
    }))
    .sort((a, b) => b.path.length - a.path.length);
}
