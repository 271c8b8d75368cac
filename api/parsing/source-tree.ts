import { isSourceScalar } from '../../src/core/document/index.ts';

/** An object of a parsed body, as opposed to a list, a scalar or null. */
export const isObject = (tree: unknown): tree is Record<string, unknown> =>
  typeof tree === 'object' && tree !== null && !Array.isArray(tree) && !isSourceScalar(tree);

/**
 * The tree with every scalar as its source text and without nulls: what resources are read from whose fields are all
 * texts (api.md 1.8: string fields accept numbers and booleans; null in POST and PUT bodies is absent).
 */
export function asTexts(tree: unknown): unknown {
  if (isSourceScalar(tree)) return tree.text;
  if (Array.isArray(tree)) return tree.map(asTexts);
  if (!isObject(tree)) return tree ?? undefined;
  const entries = Object.entries(tree).filter(([, value]) => value !== null);
  return Object.fromEntries(entries.map(([key, value]) => [key, asTexts(value)]));
}
