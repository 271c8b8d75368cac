import type { z } from 'zod';
import type { FieldProblem } from '../errors/index.ts';
import type { JsonObject } from './json.ts';
import { valueAt } from './json.ts';

const kinds: Record<string, string> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  record: 'a map',
  array: 'a list',
};

/** What the schema found wrong, as fields of the wire form and what is allowed there (api.md 1.9). */
export function fieldProblems(error: z.ZodError, draft: JsonObject): FieldProblem[] {
  return error.issues.map((issue) => {
    const path = issue.path.map(String);
    const isAbsent = valueAt(draft, path) === undefined;
    return { field: fieldOf(path), message: isAbsent ? 'is required' : problemText(issue) };
  });
}

/** `metadata` is flat in the stored form. */
const fieldOf = (path: readonly string[]): string =>
  (path[0] === 'spec' ? path : ['metadata', ...path]).join('.');

/** What is allowed where a schema found something else, in our words; those of a schema itself come first. */
export function problemText(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return isOwnText(issue.message)
        ? issue.message
        : `must be ${kinds[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return isOwnText(issue.message)
        ? issue.message
        : `must be one of ${issue.values.map(String).join(', ')}`;
    case 'too_small':
      return tooSmall(issue);
    case 'too_big':
      return `must be at most ${issue.maximum}${issue.origin === 'string' ? ' characters long' : ''}`;
    case 'invalid_key':
      return issue.issues[0]?.message ?? 'is not allowed as a key';
    default:
      return issue.message;
  }
}

/** Texts of the schemas read on after the field's name; the library's begin with a capital. */
const isOwnText = (message: string): boolean => /^[a-z]/.test(message);

function tooSmall(issue: z.core.$ZodIssueTooSmall): string {
  if (issue.origin === 'string') return 'must not be empty';
  return issue.inclusive ? `must be at least ${issue.minimum}` : `must be above ${issue.minimum}`;
}
