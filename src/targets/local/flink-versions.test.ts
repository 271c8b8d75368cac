import { expect, test } from 'vitest';
import { chooseRuntime } from './flink-versions.ts';

test.each([
  ['2.3', '2.3.0'],
  ['2', '2.3.0'],
  ['1.20', '1.20.12'],
  ['1.20.5', '1.20.5'],
])('Flink %s is started as %s', (asked, started) => {
  const runtimes = ['1.20.5', '1.20.12', '2.3.0', '2.2.1'].map((version) => ({
    version,
    jars: [],
  }));
  expect(chooseRuntime(runtimes, asked).version).toBe(started);
});

test.each(['2.30', '1.2', '1.20.1', '', '3'])('Flink %j is unknown', (asked) => {
  const runtimes = ['1.20.5', '1.20.12', '2.3.0'].map((version) => ({ version, jars: [] }));
  expect(() => chooseRuntime(runtimes, asked)).toThrow(/it has: 2\.3\.0, 1\.20\.12, 1\.20\.5/);
});
