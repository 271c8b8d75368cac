import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type PendingEffect, waitsOf } from './waits.ts';

const effect = (more: Partial<PendingEffect> = {}): PendingEffect => ({
  name: 'awaitJob',
  queued: false,
  tries: 1,
  heartbeat: undefined,
  scheduledAt: 1_000,
  startedAt: 2_000,
  heartbeatAt: undefined,
  nextTryAt: undefined,
  ...more,
});

test('an effect that waits says itself for what, and since when', () => {
  const heartbeat = { spentMs: 9, stand: { what: '1 of 3 TaskManagers', since: 5_000 } };
  expect(waitsOf([effect({ heartbeat, heartbeatAt: 9_000 })])).toEqual([
    {
      what: '1 of 3 TaskManagers',
      since: '1970-01-01T00:00:05.000Z',
      seenAt: '1970-01-01T00:00:09.000Z',
    },
  ]);
});

test('one that says nothing is told by what it does', () => {
  expect(waitsOf([effect({ name: 'fetchArtifact' })])).toEqual([
    {
      what: 'the artifact is being brought to this host',
      since: '1970-01-01T00:00:01.000Z',
      seenAt: '1970-01-01T00:00:02.000Z',
    },
  ]);
});

test('one that is tried again says how often, after what, and when', () => {
  const again = effect({
    name: 'closeCluster',
    queued: true,
    tries: 7,
    lastError: 'of the processes 4711 not all die by SIGKILL',
    nextTryAt: 8_000,
  });
  expect(waitsOf([again])[0]).toMatchObject({
    what: 'the processes of the old cluster must end',
    tries: 7,
    lastError: 'of the processes 4711 not all die by SIGKILL',
    nextTryAt: '1970-01-01T00:00:08.000Z',
  });
});

test('without a worker that is what it waits for', () => {
  expect(waitsOf([effect({ queued: true })])[0]?.what).toBe(
    'a worker must take it up: the job is coming up',
  );
});

test('nothing waits for the observer of a running job, nor for a write that goes through', () => {
  expect(waitsOf([effect({ name: 'watchJob' }), effect({ name: 'publish' })])).toEqual([]);
  const stuck = { queued: true, tries: 3, lastError: 'it is away' };
  expect(waitsOf([effect({ name: 'publish', ...stuck })])[0]).toMatchObject({
    what: 'the store is being written to',
    tries: 3,
  });
  expect(waitsOf([effect({ name: 'watchJob', ...stuck })])[0]?.lastError).toBe('it is away');
});

test('whatever a heartbeat holds, telling it never throws', () => {
  const time = fc.oneof(fc.double(), fc.constant(undefined));
  const heartbeat = fc.oneof(
    fc.anything(),
    fc.record({
      stand: fc.record({ what: fc.string(), since: fc.double() }),
      spentMs: fc.double(),
    }),
  );
  fc.assert(
    fc.property(heartbeat, time, (told, at) => {
      const [wait] = waitsOf([effect({ heartbeat: told, scheduledAt: at, heartbeatAt: at })]);
      expect(typeof wait?.what).toBe('string');
    }),
  );
});
