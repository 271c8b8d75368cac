import { z } from 'zod';
import { apiVersion, resourceVersion, texts, time } from './envelope.ts';

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
  apiVersion: apiVersion,
  metadata: z.strictObject({
    id: z.guid(),
    name: z.string(),
    namespace: z.string(),
    createdAt: time,
    modifiedAt: time,
    labels: texts.optional(),
    annotations: texts.optional(),
    resourceVersion,
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
  apiVersion: apiVersion,
  metadata: z.strictObject({ namespace: z.string().optional() }),
  spec: z.record(z.string(), z.unknown()),
});
