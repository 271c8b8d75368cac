import { z } from 'zod';
import { specSchema } from '../../../src/core/document/index.ts';
import { deploymentStates } from '../../../src/core/vocabulary.ts';
import { apiVersion, failure, listOf, resourceVersion, texts, time } from './envelope.ts';

const condition = z.strictObject({
  type: z.enum(['JobFailing', 'JobUnstable', 'ClusterUnreachable']),
  status: z.enum(['True', 'False', 'Unknown']),
  message: z.string(),
  reason: z.string(),
  lastTransitionTime: time,
  lastUpdateTime: time,
});

export const deploymentResource = z
  .strictObject({
    kind: z.literal('Deployment'),
    apiVersion,
    metadata: z.strictObject({
      id: z.guid(),
      name: z.string(),
      displayName: z.string().optional(),
      namespace: z.string(),
      createdAt: time,
      modifiedAt: time,
      labels: texts.optional(),
      annotations: texts,
      resourceVersion,
    }),
    spec: specSchema,
    status: z.strictObject({
      state: z.enum(deploymentStates),
      running: z
        .strictObject({
          jobId: z.guid(),
          transitionTime: time,
          conditions: z.array(condition).length(3),
        })
        .optional(),
      failure: failure.optional(),
    }),
  })
  .describe('A Deployment');

/** What a request may send: all is optional, unknown fields are ignored (api.md 1.8). */
export const deploymentBody = z
  .looseObject({
    metadata: z.looseObject({
      name: z.string(),
      displayName: z.string().optional(),
      labels: texts.optional(),
      annotations: texts.optional(),
    }),
    spec: specSchema,
  })
  .describe('A Deployment in a request; see the reply for all fields');

export const deploymentList = listOf(deploymentResource);
