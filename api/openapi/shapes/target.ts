import { z } from 'zod';
import { specSchema } from '../../../src/core/document/index.ts';
import { apiVersion, listOf, resourceVersion, texts, time } from './envelope.ts';

const namespace = z.string().describe("Empty: the context's, or the platform's own");
const context = z
  .string()
  .describe("Of the workers' kubeconfig; absent: its current one, or the cluster they run in");

/** Each type of target is a key of its own (api.md 2.5). */
const targetSpec = z.xor([
  z.strictObject({ kubernetes: z.strictObject({ namespace, context: context.optional() }) }),
  z.strictObject({ local: z.strictObject({}) }),
]);

export const targetResource = z.strictObject({
  kind: z.literal('DeploymentTarget'),
  apiVersion,
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

export const targetList = listOf(targetResource);

/** Names since 2.4 (api.md 1.6). */
const targetName = z.string().regex(/^[0-9a-zA-Z_-]{1,250}$/, {
  error: 'must be 1 to 250 letters, digits, "-" or "_"',
});

const metadata = z.object({
  name: targetName.optional(),
  labels: texts.optional(),
  annotations: texts.optional(),
});

/** RFC 1123, as Kubernetes has it; the spec cannot change, so a slip would cost a new target. */
const namespaceName = namespace.regex(/^(?:[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?)?$/, {
  error:
    'must be at most 63 characters: lower-case letters, digits and "-", with a letter or digit at both ends',
});

const oneType = { oneOf: [{ required: ['kubernetes'] }, { required: ['local'] }] };
const spec = z
  .object({
    kubernetes: z
      .object({ namespace: namespaceName.default(''), context: context.max(253).optional() })
      .optional(),
    local: z.object({}).optional(),
  })
  .meta(oneType);

/** `PUT`; what a new target needs besides is asked for by {@link newTarget}. */
export const targetBody = z.object({ metadata: metadata.optional(), spec: spec.optional() });

/** `POST`. */
export const newTarget = z.object({ metadata: metadata.required({ name: true }), spec });

export const defaultsResource = z.strictObject({
  kind: z.literal('DeploymentDefaults'),
  apiVersion,
  metadata: z.strictObject({ namespace: z.string() }),
  spec: specSchema().pick({ deploymentTargetId: true, deploymentTargetName: true }),
});
