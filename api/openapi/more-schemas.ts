import { z } from '@hono/zod-openapi';
import { apiErrorCodes } from '../../src/core/vocabulary.ts';

/** Shapes of the wire beyond Deployments and what belongs to them. */

const texts = z.record(z.string(), z.string());
const time = z.iso.datetime({ precision: 6 });

const targetSpec = z
  .strictObject({
    kubernetes: z
      .strictObject({ namespace: z.string().describe("Empty: the platform's own") })
      .optional(),
    local: z.strictObject({}).optional(),
  })
  .describe('Exactly one of kubernetes and local');

export const targetResource = z.strictObject({
  kind: z.literal('DeploymentTarget'),
  apiVersion: z.literal('v1'),
  metadata: z.strictObject({
    id: z.guid(),
    name: z.string(),
    namespace: z.string(),
    createdAt: time,
    modifiedAt: time,
    labels: texts.optional(),
    annotations: texts.optional(),
    resourceVersion: z.int32().min(1),
  }),
  spec: targetSpec,
});

/** Names since 2.4 (api.md 1.6). */
const targetName = z.string().regex(/^[0-9a-zA-Z_-]{1,250}$/, {
  error: 'must be 1 to 250 letters, digits, "-" or "_"',
});

export const targetBody = z.object({
  metadata: z
    .object({
      name: targetName.optional(),
      labels: texts.optional(),
      annotations: texts.optional(),
    })
    .optional(),
  spec: z
    .object({
      kubernetes: z.object({ namespace: z.string().max(63).default('') }).optional(),
      local: z.object({}).optional(),
    })
    .optional(),
});

export const defaultsResource = z.strictObject({
  kind: z.enum(['DeploymentDefaults', 'GlobalDeploymentDefaults']),
  apiVersion: z.literal('v1'),
  metadata: z.strictObject({ namespace: z.string().optional() }),
  spec: z.record(z.string(), z.unknown()),
});

const artifact = z.strictObject({
  filename: z.string(),
  uri: z.string(),
  createTime: z.iso.datetime({ precision: 0 }),
  size: z.int().min(0).describe('Bytes'),
});
export const artifactReply = z.strictObject({ artifact });
export const artifactList = z.strictObject({ artifacts: z.array(artifact) });

export const systemInfo = z.strictObject({
  kind: z.literal('SystemInformation'),
  apiVersion: z.literal('v1'),
  status: z.looseObject({
    revisionInformation: z.looseObject({ buildVersion: z.string() }),
  }),
});

export const statusReply = z.looseObject({ status: z.string() });

export const readiness = z.strictObject({
  ready: z.boolean(),
  checks: z.record(z.string(), z.string()),
});

/** The one error object (api.md 1.9). */
export const errorReply = z.strictObject({
  message: z.string().min(1).describe('What happened and what to do next'),
  status: z.int(),
  code: z.enum(apiErrorCodes),
  reason: z.string().describe('Stable code of the cause'),
  error: z.string(),
  path: z.string(),
  timestamp: z.int().describe('Epoch ms'),
  description: z.string(),
  cause: z.null(),
  ok: z.literal(false),
  type: z.literal('about:blank'),
  title: z.string(),
  detail: z.string(),
  instance: z.string(),
  errors: z
    .array(z.strictObject({ field: z.string(), message: z.string() }))
    .optional()
    .describe('Every bad field of the request'),
});
