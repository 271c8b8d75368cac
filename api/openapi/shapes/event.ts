import { z } from 'zod';
import { eventNames } from '../../../src/core/vocabulary.ts';
import { apiVersion, listOf, resourceVersion, time } from './envelope.ts';

export const eventResource = z.strictObject({
  kind: z.literal('Event'),
  apiVersion,
  metadata: z.strictObject({
    id: z.guid(),
    namespace: z.string(),
    createdAt: time.describe('Strictly increasing, so that clients can ask what is newer'),
    deploymentId: z.guid(),
    jobId: z.guid().optional(),
    name: z.enum(eventNames),
    resourceVersion,
  }),
  spec: z.strictObject({ message: z.string() }),
});

export const eventList = listOf(eventResource);
