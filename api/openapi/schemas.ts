import { z } from 'zod';
import { specSchema } from '../../src/core/document/index.ts';
import {
  deploymentStates,
  eventNames,
  flinkJobStates,
  jobStates,
  savepointOrigins,
  savepointStates,
} from '../../src/core/vocabulary.ts';

/** Shapes of the wire: what the API description shows and what tests hold every reply against. */

const texts = z.record(z.string(), z.string());
const time = z.iso.datetime({ precision: 6 }).describe('RFC 3339, UTC, microseconds');
const apiVersion = z.literal('v1');
const resourceVersion = z.int32().min(1).describe('+1 per stored change');
const failure = z.strictObject({ message: z.string(), reason: z.string(), failedAt: time });

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

const uuid = z.guid({ error: 'must be a UUID' });

export const savepointBody = z.object({
  metadata: z.object({ deploymentId: uuid.optional(), annotations: texts.optional() }).optional(),
  spec: z
    .object({
      deploymentId: uuid.optional(),
      savepointLocation: z.string().min(1, 'must not be empty').max(4096).optional(),
      flinkSavepointId: uuid.optional(),
    })
    .optional(),
});

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

/** The list envelope of api.md 1.3. */
export const listOf = <S extends z.ZodType>(item: S) =>
  z.strictObject({
    kind: z.literal('ResourceList'),
    apiVersion,
    metadata: z.strictObject({}),
    items: z.array(item),
  });

export const deploymentList = listOf(deploymentResource);
