import { expect, test } from 'vitest';
import { pairedRatios, summarise } from './statistics.ts';

test('a summary does not depend on the order, and has a p99 only where that means something', () => {
  expect(summarise([3, 1, 2])).toEqual({ n: 3, median: 2, min: 1, max: 3 });
  expect(summarise([4, 1, 2, 3]).median).toBe(2.5);
  const hundredAndOne = Array.from({ length: 101 }, (_, index) => 100 - index);
  expect(summarise(hundredAndOne)).toEqual({ n: 101, median: 50, min: 0, max: 100, p99: 99 });
});

test('no samples are an error, not a zero', () => {
  expect(() => summarise([])).toThrow('no samples');
});

test('ratios are taken pair by pair; a sample without its partner counts for nothing', () => {
  expect(pairedRatios([10, 30, 7], [5, 10])).toEqual([2, 3]);
});
