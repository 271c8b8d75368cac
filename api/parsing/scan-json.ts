import { badRequest } from '../errors/api-problem.ts';
import { maxDepth, tooDeep } from './limits.ts';

/** Strings, brackets and separators of JSON; everything else says nothing about structure. */
const token = /"(?:[^"\\]|\\.)*"|[{}[\],:]/gs;

/**
 * Refuses what `JSON.parse` lets pass: a key given twice (the last one would win silently), and nesting that a
 * reviver's recursion does not survive. Runs before the parser and need not understand malformed text.
 */
export function scanJson(text: string): void {
  const open: (Set<string> | undefined)[] = [];
  let last = '';
  for (const [part] of text.matchAll(token)) {
    if (part === '{' || part === '[') {
      open.push(part === '{' ? new Set() : undefined);
      if (open.length > maxDepth) throw tooDeep();
    } else if (part === '}' || part === ']') open.pop();
    else if (part === ':') noteKey(open.at(-1), last);
    last = part;
  }
}

function noteKey(keys: Set<string> | undefined, source: string): void {
  if (keys === undefined || !source.startsWith('"')) return;
  const key = unescaped(source);
  if (keys.has(key)) {
    throw badRequest(
      'MALFORMED_BODY',
      `The key ${source} is given twice in one object; keep one of them.`,
    );
  }
  keys.add(key);
}

/** `"a"` and `"\u0061"` are one key. A malformed escape stays as it is: the parser reports it. */
function unescaped(source: string): string {
  if (!source.includes('\\')) return source.slice(1, -1);
  try {
    return String(JSON.parse(source));
  } catch {
    return source;
  }
}
