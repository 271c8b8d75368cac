import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { ClusterSpec } from '../../core/cluster.ts';
import { Refused } from '../../core/errors/index.ts';
import type { Component } from './names.ts';
import { mainContainer, templateOf } from './pod-options.ts';

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
    const durable = durableMounts(spec, component);
    for (const uri of spec.stateDirectories) {
      const path = fileURLToPath(uri);
      if (durable.some((mount) => path === mount || path.startsWith(`${mount}/`))) continue;
      const message = `${uri} is in the ${component}'s container and would be lost with it: mount a volume there (template.spec.kubernetes.pods.volumeMounts) or keep state on storage such as s3:`;
      throw new Refused('CLUSTER_START_FAILED', message);
    }
  }
}

function durableMounts({ kubernetes }: ClusterSpec, component: Component): string[] {
  const { data } = mounts.safeParse(templateOf(kubernetes, component) ?? {});
  const lost = (name: string) =>
    data?.spec.volumes.some((volume) => volume.name === name && 'emptyDir' in volume);
  const main = data?.spec.containers.find(({ name }) => name === mainContainer);
  return (main?.volumeMounts ?? [])
    .filter(({ name }) => !lost(name))
    .map(({ mountPath }) => mountPath.replace(/\/+$/, ''));
}
