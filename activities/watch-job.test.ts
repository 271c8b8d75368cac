import { expect, test } from 'vitest';
import type { JobObservationRecord } from '../src/core/records.ts';
import { defaultTransitionSettings } from '../src/core/settings.ts';
import type { FlinkJobState } from '../src/core/vocabulary.ts';
import { newCluster } from '../src/targets/testing/new-cluster.ts';
import type { ActivityDeps } from './deps.ts';
import { delivered } from './testing/delivery.ts';
import { stubDeps } from './testing/stub-deps.ts';
import { createWatchJob } from './watch-job.ts';

const cluster = newCluster();
const job = { cluster, flinkJobId: 'f' };
const settings = { pollMs: 1, conditions: defaultTransitionSettings.conditions };

/** A watch that sees these states, 10 s apart; `undefined`: Flink does not know the job. */
async function watch(...states: (FlinkJobState | undefined)[]) {
  let now = 0;
  const records: JobObservationRecord[] = [];
  const events = new Map<string, string>();
  const stub = stubDeps({});
  const whole = { taskManagersRunning: 1, taskManagersWanted: 1 };
  const describe = async () => ({ kind: 'present', restUrl: 'x', jobManager: 'running', ...whole });
  const endpoint = {
    ...stub.flink.at('', ''),
    jobState: async () => states.shift(),
    metrics: async () => ({}),
    checkpoints: async () => {
      now += 10_000;
    },
  };
  const store = {
    ...stub.store,
    deployments: { get: async () => ({ fence: 1 }) },
    observations: {
      get: async () => undefined,
      put: async (record: JobObservationRecord) => records.push(record),
    },
    write: async ({ events: [event] }: { events: { key: string; message: string }[] }) =>
      event && events.set(event.key, event.message),
  };
  const deps = {
    ...stub,
    store,
    flink: { at: () => endpoint },
    targets: { local: { ...stub.targets.local, describe } },
    now: () => now,
  };
  const { watchJob } = createWatchJob(deps as unknown as ActivityDeps);
  const report = await delivered(1, () => watchJob({ job, settings, runningSince: 0 }));
  return { report, records, told: [...events.values()] };
}

const unknown = (looks: number) => Array.from({ length: looks }, () => undefined);

test('a Flink that answers and does not know the job is told as that, in a condition and once as an event, and ends nothing (S9, S25)', async () => {
  const { report, records, told } = await watch('RUNNING', ...unknown(8), 'CANCELED');
  expect(report).toMatchObject({ kind: 'ended', end: { state: 'CANCELED' } });
  expect(records.at(-1)?.conditions).toMatchObject([
    { type: 'JobFailing', status: 'Unknown', reason: 'JobNotKnown' },
    { type: 'JobUnstable', status: 'Unknown', reason: 'JobNotKnown' },
    { type: 'ClusterUnreachable', status: 'False', reason: 'ClusterReachable' },
  ]);
  expect(told).toEqual([expect.stringContaining('Flink answers, and does not know the job')]);
});

test('one that does not know it for an instant is no news', async () => {
  const { told, records } = await watch('RUNNING', undefined, 'RUNNING', undefined, 'CANCELED');
  expect(told).toEqual([]);
  expect(records.at(-1)?.conditions.map(({ status }) => status)).toEqual([
    'False',
    'False',
    'False',
  ]);
});
