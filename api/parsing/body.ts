import type { Context } from 'hono';
import { badRequest } from '../errors/api-problem.ts';
import { parseJson } from './json.ts';
import { type BodyFormat, bodyFormat } from './media-type.ts';
import { isObject } from './source-tree.ts';
import { parseYaml } from './yaml.ts';

/**
 * The request's document as a tree of objects, lists, strings, nulls and `SourceScalar`s. Its size was bounded before
 * (middleware).
 * @throws {ApiProblem} 400 when it is malformed, empty or no object; 415 for another media type.
 */
export async function readBody(c: Context): Promise<Record<string, unknown>> {
  const format = bodyFormat(c.req.header('content-type'));
  const text = decode(await c.req.arrayBuffer());
  if (text.trim() === '') {
    throw badRequest('MALFORMED_BODY', 'The body is empty; send the resource as JSON or YAML.');
  }
  const tree = parse(text, format);
  if (!isObject(tree)) {
    throw badRequest('MALFORMED_BODY', 'The body must be one object, not a list or a plain value.');
  }
  return tree;
}

function decode(bytes: ArrayBuffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw badRequest('MALFORMED_BODY', 'The body is not valid UTF-8; encode it as UTF-8.');
  }
}

function parse(text: string, format: BodyFormat): unknown {
  if (format === 'json') return parseJson(text);
  if (format === 'yaml') return parseYaml(text);
  // What starts like JSON is judged as JSON, so that a typo in it gets JSON's error and not YAML's.
  return /^\s*[{[]/.test(text) ? parseJson(text) : parseYaml(text);
}
