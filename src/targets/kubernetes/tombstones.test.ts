import { beforeEach, expect, test } from 'vitest';
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

test('a cluster that was destroyed is remembered, with its first end', async () => {
  expect(await read('j1')).toBeUndefined();
  await write('j1');
  await write('j1', now + day);
  expect(await read('j1')).toBe('2026-01-10T00:00:00.000Z');
});

test('the long dead are forgotten with the next that dies, others are not', async () => {
  await write('old', now - 8 * day);
  await write('young', now - 6 * day);
  await write('j1');
  expect([await read('old'), await read('young')]).toEqual([undefined, '2026-01-04T00:00:00.000Z']);
});

test('of two that remember at once both are remembered', async () => {
  api.at = async () => {
    api.at = () => undefined;
    await write('j2');
  };
  await Promise.all([write('j1'), write('j3')]);
  expect(await Promise.all(['j1', 'j2', 'j3'].map(read))).not.toContain(undefined);
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
