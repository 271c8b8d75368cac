import { expect, test } from 'vitest';
import { attemptPauseMs, defaultTransitionSettings, savepointLimitMs } from './settings.ts';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

test.each([
  ['no checkpoints: the setting', undefined, 20 * minuteMs],
  ["Flink's default: the setting", 10 * minuteMs, 20 * minuteMs],
  ['a longer one: twice as long', 60 * minuteMs, 120 * minuteMs],
  ['for ever: as long as Flink remembers', Number.MAX_VALUE, 7 * dayMs],
])(
  'a savepoint may take, with a checkpoint time-out of %s (F17)',
  (_, checkpointTimeoutMs, limit) => {
    const settings = { savepointTimeoutMs: 20 * minuteMs };
    expect(savepointLimitMs(settings, checkpointTimeoutMs)).toBe(limit);
  },
);

/** Flink's default `heartbeat.interval`; a TaskManager whose process is gone is seen after two (`rpc-failure-threshold`). */
const heartbeatMs = 10_000;
/** Default of `maxSavepointCreationAttempts` and `maxJobCreationAttempts`. */
const defaultAttempts = 4;

const pauses = Array.from({ length: defaultAttempts - 1 }, (_, index) =>
  attemptPauseMs(defaultTransitionSettings, index + 2),
);

test('the pauses between attempts double', () => {
  expect(pauses).toEqual([5_000, 10_000, 20_000]);
});

test('however many attempts there are, a pause is no longer than the maximum', () => {
  expect(attemptPauseMs(defaultTransitionSettings, 6)).toBe(60_000);
  expect(attemptPauseMs(defaultTransitionSettings, 5_000)).toBe(60_000);
});

test('by default the attempts outlast a TaskManager loss that Flink has not seen yet (M20)', () => {
  expect(pauses.reduce((sum, ms) => sum + ms, 0)).toBeGreaterThan(2 * heartbeatMs);
});
