import { expect, test } from 'vitest';
import { type PendingEffect, waitsOf } from '../src/core/deployment/waits.ts';
import { type ActivityDeps, createActivities } from './index.ts';

test('every effect that may be waited for has words for people', () => {
  const unsaid = Object.keys(createActivities({} as ActivityDeps)).filter((name) => {
    const pending: PendingEffect = {
      name,
      queued: true,
      tries: 2,
      heartbeat: undefined,
      scheduledAt: 0,
      startedAt: 0,
      heartbeatAt: undefined,
      nextTryAt: undefined,
    };
    return waitsOf([pending])[0]?.what === name;
  });
  expect(unsaid).toEqual([]);
});
