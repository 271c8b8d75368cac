import type { z } from 'zod';
import { problemText } from '../../src/core/document/index.ts';
import { ValidationFailed } from '../../src/core/errors/index.ts';

/** Parses by a schema. @throws {ValidationFailed} naming every bad field (api.md 1.9). */
export function parseOrRefuse<S extends z.ZodType>(schema: S, tree: unknown): z.infer<S> {
  const parsed = schema.safeParse(tree);
  if (parsed.success) return parsed.data;
  throw new ValidationFailed(
    parsed.error.issues.map((issue) => ({
      field: issue.path.join('.') || 'body',
      message: problemText(issue),
    })),
  );
}
