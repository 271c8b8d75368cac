import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the checkout. */
export const root = fileURLToPath(new URL('../../', import.meta.url));

/** Text of a file of the checkout, by its path from the root. */
export const read = (path: string): string => readFileSync(join(root, path), 'utf8');

/** Paths of all documents for people. */
export const documents: readonly string[] = [
  'README.md',
  'CHANGELOG.md',
  'examples/README.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`)
    .sort(),
];

/** Puts generated lines between `<!-- generated: name -->` and `<!-- end: name -->`. */
export function withGenerated(text: string, name: string, content: string): string {
  const [begin, end] = [`<!-- generated: ${name} -->\n`, `<!-- end: ${name} -->`];
  const [before, rest] = cut(text, begin);
  const [, after] = cut(rest, end);
  return `${before}${begin}${content}${end}${after}`;
}

function cut(text: string, mark: string): [before: string, after: string] {
  const at = text.indexOf(mark);
  if (at < 0 || text.indexOf(mark, at + 1) >= 0) throw new Error(`not exactly once: ${mark}`);
  return [text.slice(0, at), text.slice(at + mark.length)];
}

/** The section under a heading, without those below headings of the same or a higher level. */
export function section(text: string, heading: string): string {
  const lines = text.split('\n');
  const start = lines.indexOf(heading);
  if (start < 0) throw new Error(`no heading "${heading}"`);
  const level = heading.indexOf(' ');
  const length = lines
    .slice(start + 1)
    .findIndex((line) => /^#+ /.test(line) && line.indexOf(' ') <= level);
  return lines.slice(start + 1, length < 0 ? undefined : start + 1 + length).join('\n');
}

/** The code in the first cell of each row of the tables in a text, without their heads. */
export const firstCells = (text: string): string[] =>
  [...text.matchAll(/^\| `([^`]+)`.*(?!\n\|-)$/gm)].flatMap(([, code]) => code ?? []);

/** Shell commands in a document, each with its continuation lines. */
export function commands(text: string): string[] {
  const blocks = [...text.matchAll(/^```sh\n(.*?)^```/gms)].flatMap(([, code]) => code ?? []);
  return blocks
    .flatMap((code) => code.replaceAll('\\\n', ' ').split(/\n(?!\s|})/))
    .map((command) => command.trim())
    .filter((command) => command !== '' && !command.startsWith('#'));
}
