import { expect, test } from 'vitest';
import type { JobRecord, Stored } from '../../src/core/records.ts';
import { jobStates } from '../../src/core/vocabulary.ts';
import { jobView } from './job.ts';

const record = (state: JobRecord['state']): Stored<JobRecord> => ({
  id: '11111111-1111-4111-8111-111111111111',
  deploymentId: '22222222-2222-4222-8222-222222222222',
  namespace: 'default',
  deploymentName: 'd',
  sequence: 1,
  attempt: 1,
  specVersion: 1,
  target: 'local',
  state,
  spec: {},
  startedAt: 1_000,
  resourceVersion: 3,
  createdAt: 500,
  modifiedAt: 9_000,
});

const observation = {
  jobId: record('STARTED').id,
  deploymentId: record('STARTED').deploymentId,
  flinkJobState: 'RUNNING',
  restarts: 2,
  seenAt: 5_000,
  conditions: [],
} as const;

test('the last look at a job that is over or given up is no news of it (api.md 3.8)', () => {
  const shown = (state: JobRecord['state']) =>
    jobView(record(state), { ...observation, conditions: [] }).status?.started;
  expect(shown('STARTED')).toMatchObject({
    observedFlinkJobStatus: 'RUNNING',
    lastUpdateTime: '1970-01-01T00:00:05.000000Z',
  });
  expect(shown('TERMINATING')).toMatchObject({
    observedFlinkJobStatus: 'UNKNOWN',
    lastUpdateTime: '1970-01-01T00:00:09.000000Z',
    observedFlinkJobRestarts: 2,
  });
  const live = jobStates.filter((state) => ['STANDBY', 'STARTING', 'STARTED'].includes(state));
  for (const state of jobStates.filter((one) => !live.includes(one)))
    expect(shown(state), state).not.toMatchObject({ observedFlinkJobStatus: 'RUNNING' });
});
