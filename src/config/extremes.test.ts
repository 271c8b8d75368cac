import { expect, test } from 'vitest';
import { loadConfig } from '../config.ts';
import { type FieldProblem, ValidationFailed } from '../core/errors/index.ts';
import { environment, isSecret } from './environment.ts';

const longestMs = 2_147_483_647;
const most = Number.MAX_SAFE_INTEGER;

/** Values that each setting is given in turn, whatever it is for. */
const values = [
  ...['0', '1', '-1', '1.5', '1e3', '01', '+1', '0x1', 'NaN', 'Infinity', '∞'],
  ...[longestMs, longestMs + 1, most, most + 1].map(String),
  ...['9'.repeat(400), 'x'.repeat(100_000), ' ', '\n', ',', ',,', 'a,,b', '=', 'a=', '1.20='],
  ...['true', 'TRUE', 'null', '{}', '__proto__', 'constructor', '🙂', '../..', '/', '~'],
  ...[':', ':0', '[::]:0', '[]:1', 'host:65535', 'host:65536', 'host:', 'host', '//', 'file:/'],
  ...['file:///x', 's3://b', 'postgres://', 'postgres://u:canary@h/d', 'http://u:canary@h'],
];

const names = Object.keys(environment.shape);

/** The fields that are refused; anything but a configuration or a refusal is a crash. */
function refused(env: Record<string, string>): readonly FieldProblem[] {
  try {
    const { dataDirectory } = loadConfig(env);
    expect(dataDirectory).toMatch(/^\//);
    return [];
  } catch (error) {
    if (error instanceof ValidationFailed) return error.problems;
    throw error;
  }
}

test.each(names)('%s: any value is taken, or refused by its name (R35)', (name) => {
  for (const value of values) {
    const problems = refused({ [name]: value });
    expect(
      problems.map(({ field }) => field),
      value,
    ).toEqual(problems.length > 0 ? [name] : []);
    if (isSecret(name)) expect(JSON.stringify(problems)).not.toContain('canary');
  }
});

/** The least and the greatest of every setting that is a number. */
const ranges: [RegExp, number, number][] = [
  [/_BACKOFF(_MAX)?_MS$/, 0, longestMs],
  [/(?<!_BACKOFF|_BACKOFF_MAX)_MS$/, 1, longestMs],
  [/_(BYTES|LIMIT|CLUSTERS|RESTARTS)$/, 1, most],
  [/_PORT$/, 1, 65_535],
];

test.each(ranges)('%s: from %d to %d and no further (R35)', (pattern, least, greatest) => {
  const numbers = names.filter((name) => pattern.test(name));
  expect(numbers).not.toEqual([]);
  for (const name of numbers) {
    const taken = [least - 1, least, greatest, greatest + 1].map(
      (value) => refused({ [name]: String(value) }).length === 0,
    );
    expect(taken, name).toEqual([false, true, true, false]);
  }
});
