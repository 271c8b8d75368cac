import { describe, expect, test } from 'vitest';
import { sourceScalar } from '../../src/core/document/index.ts';
import { ApiProblem } from '../errors/api-problem.ts';
import { parseJson } from './json.ts';
import { maxBodyBytes, maxDepth, maxLexemes } from './limits.ts';
import { bodyFormat } from './media-type.ts';
import { asTexts } from './source-tree.ts';
import { parseYaml } from './yaml.ts';

/** The message of the 400 that parsing this must end in. */
function refusalOf(parse: (text: string) => unknown, text: string): string {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof ApiProblem && error.problem.status === 400) return error.message;
    throw error;
  }
  throw new Error('it was accepted');
}

/** What grew without bound once, as a beginning and what is repeated: levels, errors, warnings, empty values. */
const hostile = [
  ['', '['],
  ['', ']'],
  ['', '[}'],
  ['[', ','],
  ['', '&a '],
  ['', '%A\n'],
  ['', ':\n'],
] as const;

const lines = Array.from(
  { length: 2_500 },
  (_, n) => `    - name: VARIABLE_${n}\n      value: some value ${n}\n`,
);
const honest = `env:\n${lines.join('')}`;

const both = [
  ['JSON', parseJson],
  ['YAML', parseYaml],
] as const;

describe.each(both)('%s', (_name, parse) => {
  test('numbers and booleans keep their source text (api.md 1.8)', () => {
    expect(parse('{"flinkVersion": 1.10, "flag": true, "text": "1.10", "none": null}')).toEqual({
      flinkVersion: sourceScalar(1.1, '1.10'),
      flag: sourceScalar(true, 'true'),
      text: '1.10',
      none: null,
    });
    expect(asTexts(parse('{"a": 1e3, "b": [0.50, false], "c": null}'))).toEqual({
      a: '1e3',
      b: ['0.50', 'false'],
    });
  });

  test('a key given twice is refused, however it is spelled', () => {
    expect(refusalOf(parse, '{"a": 1, "b": {"a": 2}, "a": 3}')).toContain('twice');
    expect(refusalOf(parse, '{"a": 1, "\\u0061": 3}')).toContain('twice');
    expect(parse('[{"a": "x"}, {"a": "y"}]')).toEqual([{ a: 'x' }, { a: 'y' }]);
  });

  test('structure inside strings is text', () => {
    const text = '{"a": "{\\"b\\": 1, \\"b\\": 2}", "b": "]]]:,", "c": "\\\\"}';
    expect(parse(text)).toEqual({ a: '{"b": 1, "b": 2}', b: ']]]:,', c: '\\' });
  });

  test('nesting has a limit, and beyond it no stack overflows', () => {
    const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
    expect(parse(nested(maxDepth))).toBeInstanceOf(Array);
    for (const levels of [maxDepth + 2, 10_000, maxBodyBytes / 2]) {
      expect(refusalOf(parse, nested(levels))).toContain('deep');
    }
  });

  test('keys that are special to JavaScript are plain keys (N15)', () => {
    const tree = parse('{"__proto__": {"x": "1"}, "constructor": "c"}');
    expect(Object.entries(tree as object)).toEqual([
      ['__proto__', { x: '1' }],
      ['constructor', 'c'],
    ]);
    expect(Object.getPrototypeOf(tree)).toBe(Object.prototype);
  });
});

describe('JSON', () => {
  test.each(['{"a":1,}', '{a:1}', '{"a":01}', "{'a':1}", '{"a":1} x', 'NaN'])(
    '%s is malformed',
    (text) => {
      expect(refusalOf(parseJson, text)).toContain('not valid JSON');
    },
  );
});

describe('YAML', () => {
  test('only what YAML 1.2 calls a number or a boolean is one', () => {
    expect(parseYaml('a: yes\nb: 012\nc: 2022-01-23\nd: 0x1F\ne: ~\nf: .5\ng:')).toEqual({
      a: 'yes',
      b: sourceScalar(12, '012'),
      c: '2022-01-23',
      d: sourceScalar(31, '0x1F'),
      e: null,
      f: sourceScalar(0.5, '.5'),
      g: null,
    });
  });

  test('several documents are refused, one with its markers is not', () => {
    expect(parseYaml('---\na: b\n...\n')).toEqual({ a: 'b' });
    expect(refusalOf(parseYaml, 'a: b\n---\nc: d\n')).toContain('several');
  });

  test('anchors work within bounds; a bomb and a loop do not (N16)', () => {
    expect(parseYaml('a: &x {k: v}\nb: *x')).toEqual({ a: { k: 'v' }, b: { k: 'v' } });
    const lines = ['l0: &l0 [x]'];
    for (let i = 1; i < 12; i += 1) lines.push(`l${i}: &l${i} [${`*l${i - 1},`.repeat(9)}]`);
    expect(refusalOf(parseYaml, lines.join('\n'))).toContain('values');
    expect(refusalOf(parseYaml, 'a: &a [*a]')).toContain('deep');
    expect(refusalOf(parseYaml, 'a: *nowhere')).toContain('not valid YAML');
  });

  test('a long text is not multiplied by its aliases, nor by those of its key (N16)', () => {
    const text = `a: &t ${'x'.repeat(50_000)}\nb: [*t, *t]`;
    expect(refusalOf(parseYaml, text)).toContain('characters (aliases written out)');
    const keys = `a: &t {${'k'.repeat(50_000)}: 1}\nb: [*t, *t]`;
    expect(refusalOf(parseYaml, keys)).toContain('characters (aliases written out)');
    expect(parseYaml(`a: &t ${'x'.repeat(50_000)}\nb: *t`)).toHaveProperty('b.length', 50_000);
    expect(parseYaml(`a: '${"''".repeat(60_000)}'`)).toHaveProperty('a.length', 60_000);
  });

  test('keys must be texts, and are taken as they stand', () => {
    expect(parseYaml('1.10: a\ntrue: b\n"": c')).toEqual({ '1.10': 'a', true: 'b', '': 'c' });
    expect(refusalOf(parseYaml, '? [a, b]\n: c')).toContain('keys');
  });

  test.each(['a: b: c', '\tx: y', 'a: "x', '{a: 1', '!!js/function "x": 1\n  y', '@'])(
    '%j is malformed',
    (text) => {
      expect(refusalOf(parseYaml, text)).toContain('not valid YAML');
    },
  );

  test('a mistake is shown by line and column, whoever finds it', () => {
    expect(refusalOf(parseYaml, 'a: [b,, c]')).toContain('line 1, column 7');
    expect(refusalOf(parseYaml, 'a: b\nc: ]')).toContain('line 2, column 4');
  });

  test('a full-size document of real lines is taken', () => {
    expect(parseYaml(honest)).toMatchObject({ env: { length: 2_500 } });
  });

  test.each(hostile)(
    '%j and many %j cost no more than a few real documents (N16)',
    (head, piece) => {
      // As many as bytes allow, and as many as just pass the count of parts: each could be the dearer.
      const parts = piece.length > 1 ? 2 : 1;
      for (const times of [maxBodyBytes / piece.length, maxLexemes / parts - 5]) {
        expect(cost(head + piece.repeat(times)) / costOfHonest()).toBeLessThan(8);
      }
    },
  );
});

/** CPU time of parsing, in ms, the least of some tries: so neither other processes nor the engine's warm-up count. */
function cost(text: string): number {
  const tries = Array.from({ length: 3 }, () => {
    const before = process.cpuUsage();
    try {
      parseYaml(text);
    } catch (error) {
      expect(error).toBeInstanceOf(ApiProblem);
    }
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  });
  return Math.min(...tries);
}

let known: number | undefined;
function costOfHonest(): number {
  known ??= cost(honest);
  return known;
}

test('the format follows Content-Type (api.md 1.2)', () => {
  expect(bodyFormat(undefined)).toBe('unnamed');
  expect(bodyFormat('Application/JSON; Charset="UTF-8"')).toBe('json');
  expect(bodyFormat('application/merge-patch+json')).toBe('json');
  for (const type of ['application/yaml', 'text/yaml', 'application/x-yaml']) {
    expect(bodyFormat(type)).toBe('yaml');
  }
});
