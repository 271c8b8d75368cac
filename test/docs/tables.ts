import { z } from 'zod';
import { settingsTable } from '../../src/config.ts';
import { documentSchema } from '../../src/core/document/index.ts';
import { citations, demands, kinds } from './demands.ts';

/** The settings of a process, for `docs/operating.md`. */
export function settingsMarkdown(): string {
  const rows = settingsTable().map(({ name, default: value, allowed, description }) => [
    `\`${name}\``,
    value ? `\`${value}\`` : '',
    allowed,
    description,
  ]);
  return table(['variable', 'default', 'allowed', 'meaning'], rows);
}

/** What the schema library makes of a field; only what the table shows. */
interface Node {
  type?: string;
  enum?: string[];
  description?: string;
  properties?: Record<string, Node>;
  additionalProperties?: Node | false;
  items?: Node;
}

/** Every field of a Deployment's document, for `docs/spec/deployment.md`. */
export function fieldsMarkdown(): string {
  const schema: Node = JSON.parse(
    JSON.stringify(z.toJSONSchema(documentSchema(), { unrepresentable: 'any' })),
  );
  const { spec, ...metadata } = schema.properties ?? {};
  const rows = [
    ...Object.entries(metadata).flatMap(([name, node]) => rowsOf(`metadata.${name}`, node)),
    ...rowsOf('spec', spec ?? {}),
  ];
  return table(['field', 'type', 'default', 'meaning'], rows);
}

/** Descriptions end in `Default: X.`, which is a column of its own here. */
function rowsOf(path: string, node: Node): string[][] {
  const [, meaning = '', value = ''] =
    /^(.*?)(?:\s*Default: (.*?)\.?)?$/s.exec(node.description ?? '') ?? [];
  return [
    [`\`${path}\``, typeOf(node), value, meaning],
    ...Object.entries(node.properties ?? {}).flatMap(([name, child]) =>
      rowsOf(`${path}.${name}`, child),
    ),
    ...(node.items?.properties ? Object.entries(node.items.properties) : []).flatMap(
      ([name, child]) => rowsOf(`${path}[].${name}`, child),
    ),
  ];
}

function typeOf(node: Node): string {
  if (node.enum) return node.enum.map((value) => `\`${value}\``).join(', ');
  if (node.type === 'array') return `list of ${typeOf(node.items ?? {})}s`;
  if (node.type !== 'object') return node.type ?? '';
  return node.properties || node.additionalProperties === false ? 'object' : 'map of texts';
}

/** Each demand with the tests that cite it, for `docs/spec/demands.md`. */
export function demandsMarkdown(): string {
  const cited = citations();
  const rows = demands.map(({ id, text, isOfTheApi }) => [
    id,
    text,
    ...cited.map((by, i) => by.get(id)?.join(', ') ?? (isOfTheApi && i > 0 ? 'not needed' : '')),
  ]);
  return table(['id', 'demand', ...Object.keys(kinds)], rows);
}

const table = (heads: string[], rows: string[][]): string =>
  [heads, heads.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`)
    .join('');
