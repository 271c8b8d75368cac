import { z } from 'zod';
import { lazily } from '../lazily.ts';
import { filledText, textMap } from './schema-scalars.ts';

const envVar = () =>
  z
    .looseObject({
      name: filledText.describe('Name of the variable.'),
      value: z.string().exactOptional().describe('Its value.'),
    })
    .describe('An EnvVar of Kubernetes.');

const volumeMount = () =>
  z
    .looseObject({ name: z.string().exactOptional().describe('Name of the volume.') })
    .describe('A volume and where it is mounted.');

/** A single object instead of the list is accepted, as clients send it (api.md 4.5). */
export const envVarsSchema = lazily(() => z.array(envVar()));

const podsSchema = () =>
  z.looseObject({
    annotations: textMap.exactOptional().describe('Annotations of the pods.'),
    labels: textMap.exactOptional().describe('Labels of the pods.'),
    nodeSelector: textMap.exactOptional().describe('Labels a node must have.'),
    envVars: envVarsSchema()
      .exactOptional()
      .describe('Environment variables of the Flink container.'),
    volumeMounts: z
      .array(volumeMount())
      .exactOptional()
      .describe('Volumes of the Flink container.'),
  });

/** `template.spec.kubernetes` (api.md 4.5): what is not named here passes through as it is. */
export const kubernetesSchema = lazily(() =>
  z
    .looseObject({
      labels: textMap.exactOptional().describe('Labels of the objects made on the target.'),
      pods: podsSchema()
        .exactOptional()
        .describe('Options of all pods; excludes the pod templates.'),
    })
    .superRefine((kubernetes, context) => {
      const { pods, ...others } = kubernetes;
      for (const template of ['jobManagerPodTemplate', 'taskManagerPodTemplate']) {
        if (pods !== undefined && Object.hasOwn(others, template)) {
          const message = 'cannot be combined with pods: keep one of the two';
          context.addIssue({ code: 'custom', path: [template], message });
        }
      }
      for (const part of ['envVars', 'volumeMounts'] as const) {
        const names = (pods?.[part] ?? []).map(({ name }) => name);
        names.forEach((name, index) => {
          if (name === undefined || names.indexOf(name) === index) return;
          const message = `repeats the name ${name}: each may be given once`;
          context.addIssue({ code: 'custom', path: ['pods', part, index, 'name'], message });
        });
      }
    }),
);
