import { basename } from 'node:path';

/** A request as a `curl` command in a document makes it. */
export interface CurlCall {
  method: string;
  /** Path and query. */
  path: string;
  headers: Record<string, string>;
  body?: string;
  /** Name of the file of `-F file=@name`. */
  file?: string;
}

/** The `curl` command in a line of shell; undefined where there is none. `$NAME`s are replaced first. */
export function curlCall(
  command: string,
  variables: Readonly<Record<string, string>>,
): CurlCall | undefined {
  const start = command.indexOf('curl ');
  if (start < 0) return undefined;
  const words = shellWords(command.slice(start + 5), variables);
  const call: CurlCall = { method: 'GET', path: '', headers: {} };
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const value = () => words.shift() ?? '';
    if (word === '-X') call.method = value();
    else if (word === '-d') call.body = value();
    else if (word === '-o') value();
    else if (word === '-F') call.file = basename(value().replace('file=@', ''));
    else if (word === '-H') {
      const [name = '', content = ''] = value().split(': ');
      call.headers[name.toLowerCase()] = content;
    } else if (!word.startsWith('-')) call.path = new URL(word).pathname + new URL(word).search;
  }
  if (call.file !== undefined) call.method = 'POST';
  return call;
}

/** Splits as a shell does, as far as documents need it: up to a pipe, a semicolon, a comment or the end of a `$(…)`. */
function shellWords(text: string, variables: Readonly<Record<string, string>>): string[] {
  const pieces = /'([^']*)'|"((?:[^"\\]|\\.)*)"|([^\s'"|;)]+)|(\s+)|([|;)])/g;
  const words: string[] = [];
  let word: string | undefined;
  const expand = (piece: string) =>
    piece.replaceAll(/\$(\w+)/g, (_, name: string) => {
      const value = variables[name];
      if (value === undefined) throw new Error(`no variable ${name} in: ${text}`);
      return value;
    });
  for (const [, single, double, plain, blank, end] of text.matchAll(pieces)) {
    if (end !== undefined || (word === undefined && plain?.startsWith('#'))) break;
    if (blank !== undefined) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + (single ?? expand(double ?? plain ?? ''));
  }
  return word === undefined ? words : [...words, word];
}
