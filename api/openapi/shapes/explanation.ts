import { z } from 'zod';
import { explanationSchema, waitSchema } from '../../../src/core/deployment/explanation-schema.ts';
import { deploymentResource } from './deployment.ts';
import { eventResource } from './event.ts';

const workflow = z.strictObject({
  workflowId: z.string(),
  url: z.url().optional().describe('Its page in the Temporal Web UI, where that is known'),
});

/** Reply of `GET …/deployments/{idOrName}/explanation`: an extension, so nothing of the original is its model. */
export const explanationReply = z
  .strictObject({
    kind: z.literal('DeploymentExplanation'),
    apiVersion: z.literal('v1'),
    metadata: z.strictObject({
      deploymentId: z.guid(),
      deploymentName: z.string(),
      namespace: z.string(),
    }),
    explanation: explanationSchema
      .omit({ stepWorkflowId: true })
      .extend({
        waitsFor: z
          .array(waitSchema.strict())
          .optional()
          .describe(
            'What the step waits for at this moment; empty: nothing that takes long; absent: Temporal does not answer',
          ),
      })
      .strict(),
    source: z
      .strictObject({
        kind: z.enum(['workflow', 'store']),
        message: z.string().optional().describe('Why the workflow itself did not answer'),
      })
      .describe('Who explained; the store knows what was so last, and no attempts'),
    status: deploymentResource.shape.status.describe('As of the Deployment, conditions included'),
    temporal: z.strictObject({ deployment: workflow, step: workflow.optional() }),
    events: z.array(eventResource).describe('The latest 20, oldest first'),
  })
  .describe('Why a Deployment is not (yet) as wanted. Extension of Sluice');
