import { Composer, type CST, type Document, Lexer, LineCounter, Parser } from 'yaml';
import { type ApiProblem, badRequest } from '../errors/api-problem.ts';
import { maxDepth, maxLexemes, tooDeep } from './limits.ts';

/** Refusal of text that is no YAML, or none that is taken here. */
export const malformed = (why: string): ApiProblem =>
  badRequest('MALFORMED_BODY', `The body is not valid YAML: ${why}`);

/**
 * The nodes of one YAML document. The library's `parseDocument` reads everything before it tells of anything, so that
 * 128 KiB of brackets cost it a hundred thousand errors or levels; this stops at the first of either.
 * @throws {ApiProblem} 400 for malformed text, several documents, deep nesting, more parts than any real document has.
 */
export function composeYaml(text: string): Document.Parsed {
  const lines = new LineCounter();
  lines.addNewLine(0);
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `(line ${line}, column ${col})`;
  };
  const tokens = syntax(text, lines, at);
  const document = compose(tokens, text.length);
  const [problem] = [...document.errors, ...document.warnings];
  if (problem === undefined) return document;
  throw malformed(`${problem.message} ${at(problem.pos[0])}.`);
}

/** Indicators, texts, spaces and line ends, put together piece by piece. */
function syntax(text: string, lines: LineCounter, at: (offset: number) => string): CST.Token[] {
  const parser = new Parser(lines.addNewLine);
  const tokens: CST.Token[] = [];
  const take = (found: Iterable<CST.Token>): void => {
    for (const token of found) {
      if (token.type === 'error') throw malformed(`${token.message} ${at(token.offset)}.`);
      tokens.push(token);
    }
  };
  let lexemes = 0;
  for (const lexeme of new Lexer().lex(text)) {
    lexemes += 1;
    if (lexemes > maxLexemes) throw malformed(`more than ${maxLexemes} parts; send a smaller one.`);
    take(parser.next(lexeme));
    // The stack has the document and a text besides the open lists and maps; the tree is judged exactly later.
    if (parser.stack.length > maxDepth + 4) throw tooDeep();
  }
  take(parser.end());
  return tokens;
}

/**
 * Without the library's own check of duplicate keys, which compares each with all before it, and without its pretty
 * errors, which count lines anew for each of thousands.
 */
function compose(tokens: CST.Token[], length: number): Document.Parsed {
  if (tokens.filter(({ type }) => type === 'document').length > 1) throw several();
  const composer = new Composer({ uniqueKeys: false, prettyErrors: false, logLevel: 'error' });
  const [document] = documents(composer, tokens, length);
  if (document === undefined) throw malformed('it holds no document.');
  return document;
}

function documents(composer: Composer, tokens: CST.Token[], length: number): Document.Parsed[] {
  try {
    return [...composer.compose(tokens, true, length)];
  } catch (error) {
    throw malformed(error instanceof Error ? error.message : String(error));
  }
}

const several = (): ApiProblem =>
  badRequest('MALFORMED_BODY', 'The body holds several YAML documents; send them one by one.');
