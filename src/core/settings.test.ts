import { expect, test } from 'vitest';
import { savepointLimitMs } from './settings.ts';

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
