import { z } from 'zod';
import { deploymentStates, desiredStates } from '../vocabulary.ts';
import type { Explanation } from './explain.ts';
import type { Wait } from './waits.ts';

const text = z.string().max(100_000);

/**
 * Shape of an {@link Explanation} that came from outside: a worker of another version may have given it. Fields it has
 * beyond these are dropped.
 */
export const explanationSchema = z.object({
  desired: z.enum(desiredStates).describe('The state that is wanted: spec.state'),
  status: z.enum(deploymentStates).describe('The state that is reached'),
  step: text.describe('What is done now, or would be done next; wait: nothing'),
  reason: text.describe('Why just this'),
  since: z.iso.datetime().exactOptional().describe('Since when the step runs'),
  attempt: z
    .object({
      number: z.int(),
      limit: z.int().describe('Attempts the spec allows'),
      nextTryAt: z.iso.datetime().exactOptional(),
      lastError: text.exactOptional().describe('Why the attempt before failed'),
    })
    .exactOptional()
    .describe('How far the step has come'),
  advice: text.describe('What a person can do'),
  stepWorkflowId: text.exactOptional().describe('Temporal workflow that runs the step'),
}) satisfies z.ZodType<Explanation>;

/** Shape of a {@link Wait}. */
export const waitSchema = z.object({
  what: text.describe('What it waits for, as last seen'),
  since: z.iso.datetime().exactOptional().describe('Since when just this is so'),
  seenAt: z.iso.datetime().exactOptional().describe('When a worker last said so'),
  tries: z.int().exactOptional().describe('How often it was tried, if more than once'),
  lastError: text.exactOptional().describe('What the last try failed of'),
  nextTryAt: z.iso.datetime().exactOptional().describe('When the next try comes'),
}) satisfies z.ZodType<Wait>;
