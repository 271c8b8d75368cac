import { z } from 'zod';
import { savepointOrigins, savepointStates } from '../../../src/core/vocabulary.ts';
import { apiVersion, failure, listOf, resourceVersion, texts, time } from './envelope.ts';

export const savepointResource = z.strictObject({
  kind: z.literal('Savepoint'),
  apiVersion,
  metadata: z.strictObject({
    id: z.guid(),
    namespace: z.string(),
    createdAt: time,
    modifiedAt: time,
    deploymentId: z.guid(),
    jobId: z.guid().optional(),
    origin: z.enum(savepointOrigins),
    type: z.enum(['FULL', 'INCREMENTAL', 'UNKNOWN']).optional(),
    annotations: texts,
    resourceVersion,
  }),
  spec: z.strictObject({
    savepointLocation: z.string().optional(),
    flinkSavepointId: z.string().optional(),
  }),
  status: z.strictObject({ state: z.enum(savepointStates), failure: failure.optional() }),
});

export const savepointList = listOf(savepointResource);

const uuid = z.guid({ error: 'must be a UUID' });

/** The Deployment's id may stand in either place (api.md 2.3). */
const eitherPlace = {
  anyOf: ['metadata', 'spec'].map((part) => ({
    required: [part],
    properties: { [part]: { required: ['deploymentId'] } },
  })),
};

export const savepointBody = z
  .object({
    metadata: z.object({ deploymentId: uuid.optional(), annotations: texts.optional() }).optional(),
    spec: z
      .object({
        deploymentId: uuid.optional(),
        savepointLocation: z.string().min(1, 'must not be empty').max(4096).optional(),
        flinkSavepointId: uuid.optional(),
      })
      .optional(),
  })
  .meta(eitherPlace);
