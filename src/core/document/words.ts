/** What {@link splitWords} found: the words, or why the text cannot be split. */
export type Words = { words: string[] } | { problem: string };

const blank = /\s/;

/**
 * Splits `mainArgs` into arguments as a POSIX shell splits words: blanks separate, single quotes keep all, double quotes
 * keep all but `\"` and `\\`, elsewhere a backslash keeps the next character. Nothing is expanded, so `$HOME`,
 * `${NAME}`, `$(…)` and `*` stay as they are, and no shell ever sees the text (N11).
 */
export function splitWords(text: string): Words {
  const words: string[] = [];
  let word: string | undefined;
  let at = 0;
  while (at < text.length) {
    const char = text.charAt(at);
    if (blank.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
      at += 1;
      continue;
    }
    const piece = nextPiece(text, at);
    if ('problem' in piece) return piece;
    word = (word ?? '') + piece.text;
    at = piece.end;
  }
  if (word !== undefined) words.push(word);
  return { words };
}

type Piece = { text: string; end: number } | { problem: string };

function nextPiece(text: string, at: number): Piece {
  const char = text.charAt(at);
  if (char === "'") return singleQuoted(text, at);
  if (char === '"') return doubleQuoted(text, at);
  if (char !== '\\') return { text: char, end: at + 1 };
  if (at + 1 === text.length) return { problem: 'must not end in a single backslash' };
  return { text: text.charAt(at + 1), end: at + 2 };
}

function singleQuoted(text: string, at: number): Piece {
  const end = text.indexOf("'", at + 1);
  if (end === -1) return { problem: unclosed("'", at) };
  return { text: text.slice(at + 1, end), end: end + 1 };
}

function doubleQuoted(text: string, at: number): Piece {
  let inside = '';
  for (let next = at + 1; next < text.length; next += 1) {
    const char = text.charAt(next);
    if (char === '"') return { text: inside, end: next + 1 };
    const escaped = char === '\\' && /["\\]/.test(text.charAt(next + 1));
    if (escaped) next += 1;
    inside += text.charAt(next);
  }
  return { problem: unclosed('"', at) };
}

const unclosed = (quote: string, at: number): string =>
  `has a ${quote} at position ${at + 1} that is never closed`;
