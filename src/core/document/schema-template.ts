import { z } from 'zod';
import { memoryBytes } from './memory.ts';
import { flinkConfigurationSchema } from './schema-flink-configuration.ts';
import { kubernetesSchema } from './schema-kubernetes.ts';
import { filledText, textMap, wholeNumber } from './schema-scalars.ts';
import { splitWords } from './words.ts';

/** The program to run (api.md 4.1). */
const artifactSchema = z.object({
  kind: z
    .enum(['JAR'], { error: 'must be JAR; SQLSCRIPT and PYTHON are not supported yet' })
    .default('JAR')
    .describe('Kind of artifact. Default: JAR.'),
  jarUri: filledText.describe('URI of the job jar: file, http or https.'),
  mainArgs: z
    .string()
    .superRefine((text, context) => {
      const split = splitWords(text);
      if ('problem' in split) context.addIssue({ code: 'custom', message: split.problem });
    })
    .exactOptional()
    .describe(
      'Arguments of the main method in one text, split into words like a shell does (quotes, backslash), without any expansion.',
    ),
  entryClass: filledText
    .exactOptional()
    .describe('Main class. Absent: Main-Class of the jar manifest.'),
  additionalDependencies: z
    .array(filledText)
    .exactOptional()
    .describe('URIs of further files for the class path.'),
  flinkVersion: filledText.describe('Flink version. Default: the first configured version.'),
  flinkImageRegistry: filledText
    .exactOptional()
    .describe('Image registry. Default: the configured one.'),
  flinkImageRepository: filledText
    .exactOptional()
    .describe('Image repository. Default: the configured one (flink).'),
  flinkImageTag: filledText
    .exactOptional()
    .describe(
      'Image tag. Default: that of the configured version; follows flinkVersion until set.',
    ),
});

const resourceSchema = z
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
export const resourcesSchema = z
  .object({
    jobmanager: resourceSchema.describe('Resources of the JobManager.'),
    taskmanager: resourceSchema.describe('Resources of each TaskManager.'),
  })
  .prefault({});

const logLevel = z.string().regex(/^(off|fatal|error|warn|info|debug|trace|all)$/i, {
  error: 'must be one of OFF, FATAL, ERROR, WARN, INFO, DEBUG, TRACE, ALL',
});

/** A logger's name ends up as a line of a properties file: nothing in it may break out of it (V09, N12). */
const loggerName = z.string().regex(/^[\w.$-]*$/, {
  error: 'is not the name of a logger: letters, digits, ".", "_", "$" and "-" only',
});

const loggingSchema = z
  .object({
    loggingProfile: filledText
      .exactOptional()
      .describe('A configured logging profile. Default: default, unless a template is given.'),
    log4jLoggers: z
      .record(loggerName, logLevel)
      .default({ '': 'INFO' })
      .describe('Logger name to level; the empty name is the root logger. Default: {"": "INFO"}.'),
    log4j2ConfigurationTemplate: z
      .string()
      .exactOptional()
      .describe('A whole Log4j 2 configuration, used instead of a profile.'),
  })
  .prefault({});

/** `spec.template`: the job and how to run it (api.md 2.1, 4). */
export const templateSchema = z.object({
  metadata: z
    .object({
      annotations: textMap.default({}).describe('Annotations of the job. Default: {}.'),
    })
    .prefault({}),
  spec: z.object({
    artifact: artifactSchema,
    parallelism: wholeNumber.min(1).default(1).describe('Parallelism of the job. Default: 1.'),
    numberOfTaskManagers: wholeNumber
      .min(1)
      .default(1)
      .describe(
        'TaskManagers of the cluster. Default: parallelism divided by taskmanager.numberOfTaskSlots (1 if unset), rounded up; follows them until set.',
      ),
    resources: resourcesSchema,
    flinkConfiguration: flinkConfigurationSchema,
    logging: loggingSchema,
    kubernetes: kubernetesSchema
      .exactOptional()
      .describe('Options of Kubernetes targets; other targets keep them without effect.'),
    latestCheckpointFetchInterval: wholeNumber
      .exactOptional()
      .describe('Kept and answered; no effect.'),
  }),
});
