import { beforeEach, describe, expect, test } from 'vitest';
import { KubernetesRefusal } from './answers.ts';
import { forever } from './testing/clusters.ts';
import { FakeApi } from './testing/fake-api.ts';
import { readTombstone, writeTombstone } from './tombstones.ts';

const day = 24 * 60 * 60 * 1_000;
const now = Date.parse('2026-01-10T00:00:00Z');
let api: FakeApi;
beforeEach(() => {
  api = new FakeApi();
});
const write = (id: string, at = now) => writeTombstone(api.place, id, at, forever);
const read = (id: string) => readTombstone(api.place, id, forever);
/** Ids that one ConfigMap has to remember. */
const idOf = (number: number) => `j${number.toString(16).padStart(31, '0')}7`;

test('a cluster that was destroyed is remembered, with its first end', async () => {
  expect(await read('j1')).toBeUndefined();
  await write('j1');
  await write('j1', now + day);
  expect(await read('j1')).toBe('2026-01-10T00:00:00.000Z');
});

test('the long dead are forgotten with the next that dies, others are not', async () => {
  const [old, young, last] = [idOf(1), idOf(2), idOf(3)];
  await write(old, now - 8 * day);
  await write(young, now - 6 * day);
  await write(last);
  expect([await read(old), await read(young)]).toEqual([undefined, '2026-01-04T00:00:00.000Z']);
});

test('of two that remember at once both are remembered', async () => {
  api.at = async () => {
    api.at = () => undefined;
    await write(idOf(2));
  };
  await Promise.all([write(idOf(1)), write(idOf(3))]);
  expect(await Promise.all([1, 2, 3].map(idOf).map(read))).not.toContain(undefined);
});

describe('a namespace where very many clusters come and go', () => {
  const path = '/api/v1/namespaces/flink/configmaps';
  const [mebibyte, perField] = [1024 * 1024, 50];
  /** As the API server counts it: what is in it, and the name of each field in `managedFields`. */
  const fullest = () =>
    Math.max(
      ...[...api.objects.values()].map(
        ({ data }) => JSON.stringify(data).length + Object.keys(data as object).length * perField,
      ),
    );
  const fill = (count: number, at: number) => {
    const died = new Date(at).toISOString();
    const data = Object.fromEntries(Array.from({ length: count }, (_, i) => [idOf(i), died]));
    api.objects.set(`${path}/sluice-tombstones-7`, {
      metadata: { name: 'sluice-tombstones-7', uid: 'full' },
      data,
    });
  };

  test('has several ConfigMaps for what is to be remembered', async () => {
    for (const digit of '0123456789abcdef') await write(`j${'0'.repeat(31)}${digit}`);
    expect(api.left()).toEqual([]);
    expect(api.objects.size).toBe(16);
  });

  test('forgets the oldest of too many before their time, so that all fits', async () => {
    fill(9_000, now - 3 * day);
    await write(idOf(0x10_000), now - 2 * day);
    await write(idOf(0x10_001));
    expect(await read(idOf(0x10_000))).toBeDefined();
    expect(await read(idOf(0x10_001))).toBeDefined();
    expect(Object.keys(api.objects.get(`${path}/sluice-tombstones-7`)?.data ?? {})).toHaveLength(
      9_000,
    );
    expect(fullest()).toBeLessThan(mebibyte);
  });

  test('never forgets one that a late call may still ask for', async () => {
    fill(9_500, now - day / 2);
    await write(idOf(0x10_000));
    const kept = await Promise.all([0, 1, 9_499, 0x10_000].map(idOf).map(read));
    expect(kept).not.toContain(undefined);
  });
});

test.each([
  [404, 'namespaces "flink" not found'],
  [403, 'namespace flink is being terminated'],
])('in a namespace that is gone nothing need be remembered (%i)', async (status, message) => {
  api.create = async () => {
    throw new KubernetesRefusal(status, 'x', message);
  };
  await write('j1');
});

test('what may not be written is an error', async () => {
  api.create = async () => {
    throw new KubernetesRefusal(403, 'Forbidden', 'no rights');
  };
  await expect(write('j1')).rejects.toMatchObject({ status: 403 });
});
