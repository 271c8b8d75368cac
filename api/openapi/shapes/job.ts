import { z } from 'zod';
import { flinkJobStates, jobStates } from '../../../src/core/vocabulary.ts';
import { apiVersion, failure, resourceVersion, texts, time } from './envelope.ts';

export const jobResource = z.strictObject({
  kind: z.literal('Job'),
  apiVersion,
  metadata: z.strictObject({
    id: z.guid(),
    namespace: z.string(),
    createdAt: time,
    modifiedAt: time,
    terminatedAt: time.optional(),
    deploymentId: z.guid(),
    deploymentName: z.string(),
    annotations: texts,
    resourceVersion,
  }),
  spec: z.record(z.string(), z.unknown()),
  status: z.strictObject({
    state: z.enum(jobStates),
    failure: failure.optional(),
    started: z
      .strictObject({
        startedAt: time,
        flinkJobId: z.string().regex(/^[0-9a-f]{32}$/),
        lastUpdateTime: time,
        observedFlinkJobRestarts: z.int().min(0),
        observedFlinkJobStatus: z.enum([...flinkJobStates, 'UNKNOWN']),
      })
      .optional(),
  }),
});
