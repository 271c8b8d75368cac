import { z } from 'zod';
import { apiErrorCodes } from '../../../src/core/vocabulary.ts';

/** Shapes of the platform around the resources: artifacts, status, probes, errors. */

const artifact = z.strictObject({
  filename: z.string(),
  uri: z.string(),
  createTime: z.iso.datetime({ precision: 0 }),
  size: z.int().min(0).describe('Bytes'),
});
export const artifactReply = z.strictObject({ artifact });
export const artifactList = z.strictObject({ artifacts: z.array(artifact) });

const cpu = z.strictObject({ cpu: z.number() });

export const systemInfo = z.strictObject({
  kind: z.literal('SystemInformation'),
  apiVersion: z.literal('v1'),
  status: z.strictObject({
    jvmVersion: z.string(),
    revisionInformation: z.strictObject({
      commitShaLong: z.string(),
      commitShaShort: z.string(),
      buildVersion: z.string(),
      buildTime: z.string(),
    }),
    resourceQuota: z.strictObject({
      spec: z.strictObject({ type: z.literal('UNLIMITED'), limits: cpu, toleratedOveruse: cpu }),
      status: z.strictObject({ used: cpu }),
    }),
  }),
});

export const statusReply = z.strictObject({ status: z.literal('ok') });

export const readiness = z.strictObject({
  ready: z.literal(true),
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
