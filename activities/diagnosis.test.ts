import { expect, test } from 'vitest';
import type { FlinkEndpoint, FlinkJob } from '../src/flink/client.ts';
import { Diagnostician, describe } from './diagnosis.ts';

const vertex = (name: string, status: string) => ({ id: name, name, parallelism: 1, status });
const job = (state: FlinkJob['state'], ...vertices: FlinkJob['vertices']): FlinkJob => ({
  id: 'j',
  name: 'counter',
  state,
  startTime: 0,
  vertices,
});
const slots = { slotsAvailable: 0, slotsTotal: 2 };

test('a restart is told with how many there were and the last root cause', () => {
  const seen = { restarts: 4, cause: 'IOException: no broker' };
  expect(describe(job('RESTARTING', vertex('source', 'CANCELED')), seen)).toBe(
    'the job is RESTARTING, 4 restarts so far; its last failure: IOException: no broker',
  );
});

test('tasks are named that do not run, and slots where they wait for some', () => {
  const waiting = job('RUNNING', vertex('source', 'RUNNING'), vertex('sink', 'SCHEDULED'));
  expect(describe(waiting, { slots })).toBe(
    'the job is RUNNING, but not all its tasks run: sink is SCHEDULED; 0 of 2 slots are free',
  );
  const restoring = job('RUNNING', vertex('a', 'INITIALIZING'));
  expect(describe(restoring, { restarts: 1 })).toBe(
    'the job is RUNNING, 1 restart so far, but not all its tasks run: a is INITIALIZING',
  );
});

test('of a large job only some tasks are named, and long names are cut', () => {
  const many = [1, 2, 3, 4].map((n) => vertex(`${n}${'x'.repeat(500)}`, 'SCHEDULED'));
  const told = describe(job('RUNNING', ...many), { slots });
  expect(told.length).toBeLessThan(400);
  expect(told).toContain('and so on');
});

test('failures between two thorough looks count once, old ones never again (F24, F32)', async () => {
  const failures = [{ at: 1, rootCause: 'IOException: first' }];
  const endpoint = {
    exceptions: async () => failures.slice(0, 1),
    metrics: async () => ({}),
    overview: async () => ({ slotsAvailable: 0, slotsTotal: 1 }),
  } as unknown as FlinkEndpoint;
  const diagnostician = new Diagnostician('j');
  const look = (thorough: boolean) =>
    diagnostician.ask(endpoint, job('RESTARTING'), {
      signal: AbortSignal.timeout(10_000),
      thorough,
      spentMs: 0,
    });
  expect(await look(false)).toBeUndefined();
  expect(await look(true)).toMatchObject({ failures: 1, cause: 'IOException: first' });
  expect(await look(true)).toMatchObject({ failures: 1 });
  // Each task of a lost TaskManager is a failure of its own to Flink.
  for (const at of [5, 6, 7, 8]) failures.unshift({ at, rootCause: 'TaskManager lost' });
  expect(await look(false)).toBeUndefined();
  expect(await look(true)).toMatchObject({ failures: 2, cause: 'TaskManager lost' });
});
