import { expect, test } from 'vitest';
import { splitWords } from './words.ts';

test.each([
  ['', []],
  ['  ', []],
  ['--windowSize 10 --windowUnit minutes', ['--windowSize', '10', '--windowUnit', 'minutes']],
  ['a\t b\n c', ['a', 'b', 'c']],
  [`--sql 'SELECT "a" FROM b'`, ['--sql', 'SELECT "a" FROM b']],
  [`--json "{\\"a\\": 1}"`, ['--json', '{"a": 1}']],
  [`"a\\\\b" "a\\nb"`, ['a\\b', 'a\\nb']],
  [`'it'\\''s'`, [`it's`]],
  ['a\\ b', ['a b']],
  [`--empty '' ""`, ['--empty', '', '']],
  [`--x=" spaced "y`, ['--x= spaced y']],
  ["'single \\ back'", ['single \\ back']],
])('mainArgs %j becomes %j', (text, words) => {
  expect(splitWords(text)).toEqual({ words });
});

test.each(['$(rm -rf /)', '`id`', '$' + '{SECRET}', '$HOME', '*', '~', 'a;b|c&d>e', '#x'])(
  'nothing is expanded: %s stays as it is (N11)',
  (word) => {
    expect(splitWords(word.replace(' ', '\\ ').replace(' /', '\\ /'))).toEqual({ words: [word] });
  },
);

test.each([
  [`--a 'b`, `has a ' at position 5 that is never closed`],
  [`--a "b\\"`, `has a " at position 5 that is never closed`],
  ['a\\', 'must not end in a single backslash'],
])('%j is refused with its place', (text, problem) => {
  expect(splitWords(text)).toEqual({ problem });
});
