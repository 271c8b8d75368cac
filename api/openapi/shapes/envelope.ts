import { z } from 'zod';

/** Parts that resources of the wire share (api.md 1.3, 1.7). */

export const texts = z.record(z.string(), z.string());
export const time = z.iso.datetime({ precision: 6 }).describe('RFC 3339, UTC, microseconds');
export const apiVersion = z.literal('v1');
export const resourceVersion = z.int32().min(1).describe('+1 per stored change');
export const failure = z.strictObject({ message: z.string(), reason: z.string(), failedAt: time });

/** The list envelope of api.md 1.3. */
export const listOf = <S extends z.ZodType>(item: S) =>
  z.strictObject({
    kind: z.literal('ResourceList'),
    apiVersion,
    metadata: z.strictObject({}),
    items: z.array(item),
  });
