import type { Context } from 'hono';
import { accepts } from 'hono/accepts';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { stringify } from 'yaml';

const jsonType = 'application/json';
const yamlTypes = ['application/yaml', 'text/yaml', 'application/x-yaml', 'text/x-yaml'];
const anything = ['*/*', 'application/*', jsonType];

/**
 * Writes a reply in the type of `Accept`; anything, nothing or something unknown gives JSON, never 406 (api.md 1.2).
 * Undefined values are left out.
 */
export function reply(
  c: Context,
  body: object,
  status: ContentfulStatusCode = 200,
  headers: Readonly<Record<string, string>> = {},
): Response {
  for (const [name, value] of Object.entries(headers)) c.header(name, value);
  const type = wantedType(c);
  if (type === jsonType) return c.json(body, status);
  return c.body(toYaml(body), status, { 'Content-Type': type });
}

/** Platform APIs (artifacts) answer JSON only. */
export const replyJson = (c: Context, body: object, status: ContentfulStatusCode = 200): Response =>
  c.json(body, status);

function wantedType(c: Context): string {
  return accepts(c, {
    header: 'Accept',
    supports: yamlTypes,
    default: jsonType,
    match: (wanted, { supports }) => {
      const byWeight = wanted.filter(({ q }) => q > 0).sort((a, b) => b.q - a.q);
      const first = byWeight.find(({ type }) => anything.includes(type) || supports.includes(type));
      return first !== undefined && supports.includes(first.type) ? first.type : jsonType;
    },
  });
}

/**
 * `compat` quotes whatever a YAML 1.1 reader (PyYAML, SnakeYAML, Go) would take for another type: `yes`, `012`,
 * `12:30`, dates; the 1.2 rules (`'1.10'`, `'true'`) hold anyway (api.md 1.2).
 */
const toYaml = (body: object): string =>
  stringify(body, { compat: 'yaml-1.1', lineWidth: 0, aliasDuplicateObjects: false });
