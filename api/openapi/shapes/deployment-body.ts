import { z } from 'zod';
import { specSchema } from '../../../src/core/document/index.ts';
import { texts } from './envelope.ts';

/**
 * What a request may say about a Deployment: what the document's schema takes, plus older spellings of the original.
 * Unknown fields are ignored (api.md 1.8). Requests are judged by the document's own rules; this is their description.
 */

const { template } = specSchema().shape;
const templateSpec = template.shape.spec;
const resources = templateSpec.shape.resources.unwrap();
const kubernetes = templateSpec.shape.kubernetes.unwrap();
const pods = kubernetes.shape.pods.unwrap();
const envVars = pods.shape.envVars.unwrap();

const deprecated = (description: string) => ({ deprecated: true, description });

const spec = specSchema()
  .extend({
    startFromSavepoint: z
      .object({ kind: z.enum(['LATEST', 'NONE']) })
      .optional()
      .meta(deprecated('Now restoreStrategy: LATEST_SAVEPOINT or NONE.')),
    template: template.extend({
      spec: templateSpec.extend({
        artifact: z.xor([templateSpec.shape.artifact.partial({ flinkVersion: true })]),
        resources: resources
          .extend({
            jobManager: resources.shape.jobmanager.meta(deprecated('Now jobmanager.')),
            taskManager: resources.shape.taskmanager.meta(deprecated('Now taskmanager.')),
          })
          .prefault({}),
        kubernetes: z
          .looseObject({
            ...kubernetes.shape,
            pods: pods
              .extend({ envVars: z.union([envVars, envVars.element]).optional() })
              .optional(),
          })
          .optional(),
      }),
    }),
  })
  .describe('What is wanted');

const metadata = z.object({
  name: z.string().min(1).max(250),
  displayName: z.string().optional(),
  labels: texts.optional(),
  annotations: texts.optional(),
});

/** `POST`: a name and a jar; all else has a default. */
export const newDeployment = z
  .object({ metadata, spec })
  .describe('A Deployment; absent fields get their defaults');

/** `PUT`: the name stands in the path already. */
export const replacedDeployment = z
  .object({ metadata: metadata.partial().optional(), spec })
  .describe('A whole Deployment; absent fields are reset');

/** `PATCH`: described as a merge patch, in which nothing is required and `null` removes. */
export const deploymentPatch = z
  .object({ metadata: metadata.optional(), spec })
  .describe('The keys to change (JSON Merge Patch, RFC 7386)');
