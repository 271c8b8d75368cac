import { sourceScalar } from '../../src/core/document/index.ts';
import { badRequest } from '../errors/api-problem.ts';
import { scanJson } from './scan-json.ts';

/** What a reviver gets as its third argument; not yet in TypeScript's library (ES2026, "JSON.parse source text access"). */
interface ReviverContext {
  source?: string;
}

/**
 * Parses JSON into a tree whose numbers and booleans keep their source text: `1.10` must be able to become `"1.10"`
 * (api.md 1.8). Keys such as `__proto__` end up as plain own properties (N15).
 * @throws {ApiProblem} 400 for malformed text, duplicate keys, deep nesting.
 */
export function parseJson(text: string): unknown {
  scanJson(text);
  try {
    return JSON.parse(text, keepSource);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw badRequest('MALFORMED_BODY', `The body is not valid JSON: ${why}.`);
  }
}

function keepSource(_key: string, value: unknown, context?: ReviverContext): unknown {
  if (typeof value !== 'number' && typeof value !== 'boolean') return value;
  return sourceScalar(value, context?.source ?? String(value));
}
