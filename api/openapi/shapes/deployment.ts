import { z } from 'zod';
import { type DeploymentSpec, specSchema } from '../../../src/core/document/index.ts';
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

const { template, restoreStrategy } = specSchema().shape;
const templateSpec = template.shape.spec;

export const jarArtifact = templateSpec.shape.artifact;

/** One kind so far; a client that was made for the union takes the next one as an addition. */
const artifact = z
  .discriminatedUnion('kind', [jarArtifact])
  .meta({ discriminator: { propertyName: 'kind' } });

/** `allowNonRestoredState` belongs to the kinds that restore, and is always told with them (api.md 2.1). */
const restoreStrategies = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('NONE') }),
    z.object({
      kind: z.enum(['LATEST_STATE', 'LATEST_SAVEPOINT']),
      allowNonRestoredState: z.boolean(),
    }),
  ])
  .describe(restoreStrategy.description ?? '');

/** What a Deployment's template says of one job, in a reply. */
export const templateSpecReply = templateSpec.extend({ artifact });

const spec = specSchema().extend({
  restoreStrategy: restoreStrategies,
  template: template.extend({ spec: templateSpecReply }),
}) satisfies z.ZodType<DeploymentSpec>;

const running = z.strictObject({
  jobId: z.guid(),
  transitionTime: time,
  conditions: z.array(condition).length(3),
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
    spec,
    status: z.strictObject({
      state: z.enum(deploymentStates),
      running: running.optional(),
      failure: failure.optional(),
    }),
  })
  .describe('A Deployment');

export const deploymentList = listOf(deploymentResource);

/** As newer user interfaces ask for it (api.md 2.15). */
export const wrappedDeployment = z.strictObject({ deployment: deploymentResource });
export const wrappedDeployments = z.strictObject({ items: z.array(wrappedDeployment) });
