import { isAlias, isMap, isNode, isScalar, isSeq, type Pair, type Scalar } from 'yaml';
import { sourceScalar } from '../../src/core/document/index.ts';
import { composeYaml, malformed } from './compose-yaml.ts';
import { maxBodyBytes, maxDepth, maxValues, tooDeep } from './limits.ts';

/**
 * Parses one YAML 1.2 document into a tree whose numbers and booleans keep their source text (api.md 1.8).
 * @throws {ApiProblem} 400 for malformed text, several documents, duplicate keys, deep nesting, alias bombs (N16).
 */
export const parseYaml = (text: string): unknown =>
  new TreeBuilder().build(composeYaml(text).contents, 0);

/** Walks the parsed nodes itself: `toJS()` would lose the source text, and look up each alias through the whole document. */
class TreeBuilder {
  /** Nodes by anchor. An alias means the latest anchor before it, which is the order this walks in. */
  readonly #anchors = new Map<string, unknown>();
  #values = 0;
  #characters = 0;

  /** @param written false inside an alias, whose anchors have been noted where they were written. */
  build(node: unknown, depth: number, written = true): unknown {
    this.#values += 1;
    if (this.#values > maxValues)
      throw malformed(`more than ${maxValues} values (aliases written out).`);
    if (depth > maxDepth) throw tooDeep();
    if (isAlias(node)) return this.build(this.#anchored(node.source), depth + 1, false);
    if (written && isNode(node) && node.anchor) this.#anchors.set(node.anchor, node);
    if (isSeq(node)) return node.items.map((item) => this.build(item, depth + 1, written));
    if (isMap(node)) return this.#object(node.items, depth, written);
    return isScalar(node) ? this.#text(node) : null;
  }

  #text({ value, source }: Scalar): unknown {
    this.#count(source ?? String(value));
    return scalar(value, source);
  }

  /** What was sent is bounded, and without aliases nothing is longer than that. */
  #count(text: string): void {
    this.#characters += text.length;
    if (this.#characters > maxBodyBytes)
      throw malformed(`more than ${maxBodyBytes} characters (aliases written out).`);
  }

  #anchored(name: string): unknown {
    if (this.#anchors.has(name)) return this.#anchors.get(name);
    throw malformed(`the alias *${name} has no anchor before it.`);
  }

  #object(pairs: readonly Pair[], depth: number, written: boolean): unknown {
    const entries = new Map<string, unknown>();
    for (const { key, value } of pairs) {
      const name = keyText(key);
      this.#count(name);
      if (entries.has(name)) throw malformed(`the key "${name}" is given twice.`);
      entries.set(name, this.build(value, depth + 1, written));
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
