import { z } from 'zod';
import { flinkJobStates, jobStates } from '../../../src/core/vocabulary.ts';
import { templateSpecReply } from './deployment.ts';
import { apiVersion, failure, listOf, resourceVersion, texts, time } from './envelope.ts';

/** What the Job runs: a frozen copy of the template, rendered for it (api.md 2.2). */
const spec = templateSpecReply
  .omit({ latestCheckpointFetchInterval: true })
  .extend({
    flinkConfiguration: texts.describe("The user's part, rendered, and what Sluice adds"),
    userFlinkConfiguration: texts.describe("The user's part as the Deployment had it"),
    savepointLocation: z.string().optional().describe('What it was restored from'),
    allowNonRestoredState: z.boolean().optional(),
  })
  .describe('A copy of the Deployment at the moment the Job was made');

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
  spec,
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

export const jobList = listOf(jobResource);
