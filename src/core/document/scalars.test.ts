import { expect, test } from 'vitest';
import { durationMs } from './duration.ts';
import { memoryBytes } from './memory.ts';

test.each([
  ['PT10M', 600_000],
  ['600s', 600_000],
  ['10m', 600_000],
  ['10 min', 600_000],
  ['1h', 3_600_000],
  ['1d', 86_400_000],
  ['P1DT1H1M1.5S', 90_061_500],
  ['pt1h', 3_600_000],
  ['250ms', 250],
])('the duration %s is %i ms (api.md 2.1)', (text, ms) => {
  expect(durationMs(text)).toBe(ms);
});

test.each(['', '0s', 'PT0S', 'P', 'PT', '10', '-5m', '1.5h', '10 parsecs', '99999999999999999d'])(
  '%j is no duration above zero (V34)',
  (text) => {
    expect(durationMs(text)).toBeUndefined();
  },
);

test.each([
  ['1g', 2 ** 30],
  ['1G', 2 ** 30],
  ['1.5g', 1.5 * 2 ** 30],
  ['1024m', 2 ** 30],
  ['1gb', 2 ** 30],
  ['64k', 2 ** 16],
])('%s is %i bytes (api.md 2.1)', (text, bytes) => {
  expect(memoryBytes(text)).toBe(bytes);
});

test.each(['', '1', '0g', '-1g', 'g', '1.g', '1x', '1g1g', '1 g', '99999999999999999t'])(
  '%j is no amount of memory above zero (V20)',
  (text) => {
    expect(memoryBytes(text)).toBeUndefined();
  },
);
