import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { configYaml } from './config-yaml.ts';

test('any value arrives as the string it is, and adds no key', () => {
  const values = {
    a: 'yes',
    b: '1e3',
    c: '"\nrest.port: 1\n- \\',
    'd"\ne: x': "'",
    f: ' ü \u0085\u2028\u007f\u{1f600}',
  };
  expect(parse(configYaml(values))).toEqual(values);
});

test('it holds nothing that YAML takes for unprintable', () => {
  const yaml = configYaml({ '\u0090': '\u0007\u007f\u0090\ufffe\ud800' });
  expect(yaml).toMatch(/^[\n\x20-\x7e]*$/);
});
