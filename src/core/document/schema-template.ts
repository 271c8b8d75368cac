import { z } from 'zod';
import { lazily } from '../lazily.ts';
import { caseless } from './caseless.ts';
import { memoryBytes } from './memory.ts';
import { artifactSchema } from './schema-artifact.ts';
import { flinkConfigurationSchema } from './schema-flink-configuration.ts';
import { kubernetesSchema } from './schema-kubernetes.ts';
import { filledText, textMap, wholeNumber } from './schema-scalars.ts';

const resourceSchema = () =>
  z
    .object({
      cpu: z.number().positive().default(1).describe('CPU cores, above 0. Default: 1.'),
      memory: z
        .string()
        .refine((text) => memoryBytes(text) !== undefined, {
          error: 'must be an amount of memory above zero with its unit: 1g, 1.5g, 1024m',
        })
        .default('1g')
        .describe('Memory of the process with unit: 1g, 1.5g, 1024m. Default: 1g.'),
    })
    .prefault({});

/** Keys are accepted in any case: 1.x spells `jobManager` (api.md 2.1). */
export const resourcesSchema = lazily(() =>
  z
    .object({
      jobmanager: resourceSchema().describe('Resources of the JobManager.'),
      taskmanager: resourceSchema().describe('Resources of each TaskManager.'),
    })
    .prefault({})
    .describe('What each process of the cluster may use.'),
);

const logLevels = ['OFF', 'FATAL', 'ERROR', 'WARN', 'INFO', 'DEBUG', 'TRACE', 'ALL'];
const logLevel = () =>
  z.string().regex(new RegExp(`^(${caseless(logLevels)})$`), {
    error: `must be one of ${logLevels.join(', ')}`,
  });

/** A logger's name ends up as a line of a properties file: nothing in it may break out of it (V09, N12). */
const loggerName = () =>
  z.string().regex(/^[\w.$-]*$/, {
    error: 'is not the name of a logger: letters, digits, ".", "_", "$" and "-" only',
  });

const loggingSchema = () =>
  z
    .object({
      loggingProfile: filledText
        .exactOptional()
        .describe('A configured logging profile. Default: default, unless a template is given.'),
      log4jLoggers: z
        .record(loggerName(), logLevel())
        .default({ '': 'INFO' })
        .describe(
          'Logger name to level; the empty name is the root logger. Default: {"": "INFO"}.',
        ),
      log4j2ConfigurationTemplate: z
        .string()
        .exactOptional()
        .describe('A whole Log4j 2 configuration, used instead of a profile.'),
    })
    .prefault({})
    .describe('What the processes of the cluster log.');

const templateSpecSchema = () =>
  z
    .object({
      artifact: artifactSchema(),
      parallelism: wholeNumber.min(1).default(1).describe('Parallelism of the job. Default: 1.'),
      numberOfTaskManagers: wholeNumber
        .min(1)
        .default(1)
        .describe(
          'TaskManagers of the cluster. Default: parallelism divided by taskmanager.numberOfTaskSlots (1 if unset), rounded up; follows them until set.',
        ),
      resources: resourcesSchema(),
      flinkConfiguration: flinkConfigurationSchema(),
      logging: loggingSchema(),
      kubernetes: kubernetesSchema()
        .exactOptional()
        .describe('Options of Kubernetes targets; other targets keep them without effect.'),
      latestCheckpointFetchInterval: wholeNumber
        .exactOptional()
        .describe('Kept and answered; no effect.'),
    })
    .describe('The job and its cluster.');

/** `spec.template`: the job and how to run it (api.md 2.1, 4). */
export const templateSchema = lazily(() =>
  z
    .object({
      metadata: z
        .object({
          annotations: textMap.default({}).describe('Annotations of the job. Default: {}.'),
        })
        .prefault({})
        .describe('Metadata of the job.'),
      spec: templateSpecSchema(),
    })
    .describe('The job to run and how.'),
);
