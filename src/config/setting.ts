import { z } from 'zod';

/** What a setting says about itself besides its default; `secret` values are never repeated in an error. */
export interface About {
  description: string;
  allowed: string;
  secret?: true;
}

/** By schema, so that a setting and what is said about it cannot come apart. */
const abouts = z.registry<About>();

/** What a setting says about itself. */
export const aboutOf = (schema: z.ZodType | undefined): About | undefined =>
  schema && abouts.get(schema);

/** A setting with its meaning and what is allowed, for errors and for the table in `docs/operating.md`. */
export function setting<S extends z.ZodType>(schema: S, allowed: string, description: string): S {
  abouts.add(schema, { allowed, description });
  return schema;
}

/** A {@link setting} whose value is never shown. */
export function secret<S extends z.ZodType>(schema: S, allowed: string, description: string): S {
  abouts.add(schema, { allowed, description, secret: true });
  return schema;
}
