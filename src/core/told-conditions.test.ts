import { expect, test } from 'vitest';
import { conditionsOf, type HealthLook, withLook } from './conditions.ts';
import { defaultTransitionSettings } from './settings.ts';
import { staleAfterMs, toldConditions } from './told-conditions.ts';

const { conditions: thresholds, pollMs } = defaultTransitionSettings;
const staleMs = staleAfterMs(pollMs);
const runningSince = 1_000;

/** A look, as the watcher makes it: it goes on from what was told. */
function looked(at: number, before?: { seenAt: number; conditions: never[] | object[] }) {
  const observation = before as Parameters<typeof toldConditions>[0]['observation'];
  const look: HealthLook = { at, flinkJobState: 'RUNNING', restarts: 0 };
  const memory = withLook({ restarts: [] }, look, thresholds);
  const told = toldConditions({ observation, runningSince, now: at, staleMs });
  return { seenAt: at, conditions: conditionsOf(memory, look, thresholds, told) };
}

const since = (conditions: { lastTransitionTime: number }[]) =>
  conditions.map(({ lastTransitionTime }) => lastTransitionTime);

test('the first look at a healthy job moves nothing: it has been so since it runs (api.md 2.1)', () => {
  const told = toldConditions({ observation: undefined, runningSince, now: 2_000, staleMs });
  expect(since(told)).toEqual([1_000, 1_000, 1_000]);
  expect(looked(6_000).conditions).toEqual(told);
});

test('what was told as Unknown while nobody looked is a change, and so is its end (S25)', () => {
  const first = looked(6_000);
  const late = 6_000 + staleMs + 1;
  const told = (now: number, observation = first) =>
    toldConditions({ observation, runningSince, now, staleMs });
  expect(told(late - 1)).toEqual(first.conditions);
  expect(told(late).map(({ status }) => status)).toEqual(['Unknown', 'Unknown', 'Unknown']);
  expect(since(told(late + 5_000))).toEqual([late - 1, late - 1, late - 1]);
  const again = looked(late + 9_000, first);
  expect(again.conditions.map(({ status }) => status)).toEqual(['False', 'False', 'False']);
  expect(since(told(late + 10_000, again))).toEqual(Array(3).fill(late + 9_000));
});
