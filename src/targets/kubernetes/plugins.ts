import type { V1Volume, V1VolumeMount } from '@kubernetes/client-node';
import { z } from 'zod';
import { mainContainer } from './pod-options.ts';

/** The variable by which Flink's official images enable plugins that they bring: names of jars, with `;` between them. */
const variable = 'ENABLE_BUILT_IN_PLUGINS';

const templates = z.object({
  spec: z.object({
    containers: z.array(
      z.object({
        name: z.string().default(''),
        env: z.array(z.object({ name: z.string(), value: z.string().default('') })).default([]),
      }),
    ),
  }),
});

/**
 * The image enables a plugin by a link in a folder that it makes below `plugins`, which our read-only root forbids: each
 * such folder is a volume. One for all of them would hide the plugins that are there already.
 * @param user's template of the pod.
 */
export function pluginFolders(user: unknown): { volumes: V1Volume[]; mounts: V1VolumeMount[] } {
  const { data } = templates.safeParse(user);
  const main = data?.spec.containers.find(({ name }) => name === mainContainer);
  const value = main?.env.find(({ name }) => name === variable)?.value ?? '';
  const plugins = [...new Set(value.split(/[;\s]+/))]
    .map((jar) => jar.replace(/\.jar$/, ''))
    .filter((plugin) => /^\w[\w.-]*$/.test(plugin))
    .map((plugin, i) => ({
      name: `flink-plugin-${i + 1}`,
      mountPath: `/opt/flink/plugins/${plugin}`,
    }));
  return {
    volumes: plugins.map(({ name }) => ({ name, emptyDir: {} })),
    mounts: plugins,
  };
}
