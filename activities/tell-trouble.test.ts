import { beforeEach, expect, test } from 'vitest';
import { newCluster } from '../src/targets/testing/new-cluster.ts';
import type { ActivityDeps } from './deps.ts';
import { createTroubleTeller } from './tell-trouble.ts';

const cluster = newCluster();
const began = Date.parse('2026-01-01T00:00:00Z');
const short = (pod = 'a', nodes = 3) =>
  `1 of 2 TaskManagers run: pod ${pod} is not scheduled: Unschedulable: 0/${nodes} nodes are available: 1 Insufficient cpu.`;

let now: number;
/** By key: the store keeps one event of each. */
let events: Map<string, string>;
let writes: number;
let deps: ActivityDeps;
beforeEach(() => {
  now = began;
  events = new Map();
  writes = 0;
  const write = async ({ events: [event] }: { events: { key: string; message: string }[] }) => {
    writes += 1;
    if (event && !events.has(event.key)) events.set(event.key, event.message);
  };
  const store = { deployments: { get: async () => ({ fence: 1 }) }, write };
  deps = { store, now: () => now } as unknown as ActivityDeps;
});
const told = () => [...events.values()];

/** A look each second for so long. */
async function looks(tell: (why?: string) => Promise<void>, seconds: number, why?: string) {
  for (let i = 0; i <= seconds; i += 1) {
    await tell(why);
    now += 1_000;
  }
}

test('what lasts is told once, in the words of the cluster', async () => {
  const tell = createTroubleTeller(deps, cluster);
  await looks(tell, 60, short());
  expect(told()).toEqual([`The cluster is not as it should be: ${short()}`]);
  expect(writes).toBe(1);
});

test('a TaskManager that is back within seconds is no news', async () => {
  const tell = createTroubleTeller(deps, cluster);
  for (let i = 0; i < 10; i += 1) {
    await looks(tell, 3, short());
    await looks(tell, 3);
  }
  expect(told()).toEqual([]);
});

test('the same reason for another pod, or with other counts, is the same', async () => {
  const tell = createTroubleTeller(deps, cluster);
  await looks(tell, 10, short('a', 3));
  await looks(tell, 10, short('b', 5));
  expect(told()).toHaveLength(1);
});

test('the same reason with another id of what could not be made is the same', async () => {
  const failed = (id: string) =>
    `1 of 2 TaskManagers run: pod a is Pending: FailedCreatePodSandBox: failed to setup network for sandbox "${id}"`;
  const tell = createTroubleTeller(deps, cluster);
  for (const id of ['abcdef01'.repeat(8), 'fedcba98'.repeat(8)]) await looks(tell, 10, failed(id));
  expect(told()).toHaveLength(1);
});

test('another reason is told, too', async () => {
  const tell = createTroubleTeller(deps, cluster);
  await looks(tell, 10, short());
  await looks(tell, 10, '1 of 2 TaskManagers run: pod a: container x: ErrImagePull: gone');
  expect(told()).toHaveLength(2);
});

test('whoever watches next tells it no second time on that day, and once on the next', async () => {
  for (let i = 0; i < 3; i += 1) await looks(createTroubleTeller(deps, cluster), 10, short());
  expect(told()).toHaveLength(1);
  now += 24 * 60 * 60 * 1_000;
  await looks(createTroubleTeller(deps, cluster), 10, short());
  expect(told()).toHaveLength(2);
});
