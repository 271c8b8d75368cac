import { type Document, isAlias, isMap, isScalar, isSeq, parseDocument } from 'yaml';
import { sourceScalar } from '../../src/core/document/index.ts';
import { type ApiProblem, badRequest } from '../errors/api-problem.ts';
import { maxDepth, maxValues, tooDeep } from './limits.ts';

const malformed = (why: string): ApiProblem =>
  badRequest('MALFORMED_BODY', `The body is not valid YAML: ${why}`);

/**
 * Parses one YAML 1.2 document into a tree whose numbers and booleans keep their source text (api.md 1.8).
 * @throws {ApiProblem} 400 for malformed text, several documents, duplicate keys, deep nesting, alias bombs (N16).
 */
export function parseYaml(text: string): unknown {
  const document = compose(text);
  const [error] = document.errors;
  if (error?.code === 'MULTIPLE_DOCS') {
    throw badRequest(
      'MALFORMED_BODY',
      'The body holds several YAML documents; send them one by one.',
    );
  }
  if (error !== undefined) throw malformed(error.message);
  return new TreeBuilder(document).build(document.contents, 0);
}

/** `uniqueKeys` is ours: the library's own check compares each key with all before it, which 128 KiB make very slow. */
function compose(text: string): Document.Parsed {
  try {
    return parseDocument(text, { uniqueKeys: false, prettyErrors: true, logLevel: 'silent' });
  } catch (error) {
    // The composer recurses; only nesting beyond any use exhausts its stack.
    if (error instanceof RangeError) throw tooDeep();
    throw malformed(error instanceof Error ? error.message : String(error));
  }
}

/** Walks the parsed nodes itself: `toJS()` would lose the source text, and would expand aliases before they are counted. */
class TreeBuilder {
  readonly #document: Document.Parsed;
  #values = 0;
  constructor(document: Document.Parsed) {
    this.#document = document;
  }

  build(node: unknown, depth: number): unknown {
    this.#values += 1;
    if (this.#values > maxValues)
      throw malformed(`more than ${maxValues} values (aliases written out).`);
    if (depth > maxDepth) throw tooDeep();
    if (isAlias(node)) return this.build(node.resolve(this.#document), depth + 1);
    if (isSeq(node)) return node.items.map((item) => this.build(item, depth + 1));
    if (isMap(node)) return this.#object(node.items, depth);
    return isScalar(node) ? scalar(node.value, node.source) : null;
  }

  #object(pairs: readonly { key: unknown; value: unknown }[], depth: number): unknown {
    const entries = new Map<string, unknown>();
    for (const { key, value } of pairs) {
      const name = keyText(key);
      if (entries.has(name)) throw malformed(`the key "${name}" is given twice.`);
      entries.set(name, this.build(value, depth + 1));
    }
    // fromEntries defines own properties, so that a key `__proto__` stays data (N15).
    return Object.fromEntries(entries);
  }
}

function keyText(key: unknown): string {
  if (!isScalar(key)) throw malformed('keys must be plain texts.');
  return key.source ?? String(key.value);
}

function scalar(value: unknown, source: string | undefined): unknown {
  if (typeof value === 'string' || value === null || value === undefined) return value ?? null;
  if (typeof value === 'number' || typeof value === 'boolean') {
    return sourceScalar(value, source ?? String(value));
  }
  return source ?? String(value);
}
