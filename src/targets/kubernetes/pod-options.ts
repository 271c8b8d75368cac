import type { KubernetesOptions, PodOptions } from '../../core/cluster.ts';
import type { Component } from './names.ts';

/** A container of this name is the one that runs Flink, in templates too (api.md 4.5). */
export const mainContainer = 'flink-main-container';

/** What the user says about the pods of a component, as a V1PodTemplateSpec; the short form says it of both. */
export function templateOf(options: KubernetesOptions | undefined, component: Component): unknown {
  const { pods, jobManagerPodTemplate, taskManagerPodTemplate } = options ?? {};
  if (pods !== undefined) return templateOfPods(pods);
  return component === 'jobmanager' ? jobManagerPodTemplate : taskManagerPodTemplate;
}

function templateOfPods(pods: PodOptions): unknown {
  const { annotations, labels, envVars, volumeMounts = [], ...passedOn } = pods;
  const mounts = volumeMounts.map(({ name, volumeMount }) => named(name, volumeMount));
  const volumes = volumeMounts.flatMap(({ name, volume }) =>
    volume === undefined ? [] : [named(name, volume)],
  );
  return {
    metadata: { ...(annotations && { annotations }), ...(labels && { labels }) },
    spec: {
      ...passedOn,
      volumes,
      containers: [{ name: mainContainer, ...(envVars && { env: envVars }), volumeMounts: mounts }],
    },
  };
}

/** The name given once for a volume and its mount counts where they do not say it themselves. */
const named = (name: string | undefined, one: unknown): object => ({
  ...(name === undefined ? {} : { name }),
  ...(typeof one === 'object' ? one : {}),
});
