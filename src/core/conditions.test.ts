import { describe, expect, test } from 'vitest';
import {
  conditionsOf,
  type HealthLook,
  type HealthMemory,
  readMemory,
  withLook,
} from './conditions.ts';
import type { ConditionRecord } from './records.ts';

const thresholds = {
  failingMs: 60_000,
  unreachableMs: 60_000,
  unstableRestarts: 3,
  unstableWindowMs: 600_000,
};

/** Looks one after the other. @returns `True`, `False` or `Unknown` per condition, and what is remembered. */
function afterLooks(...looks: HealthLook[]): {
  status: Record<string, string>;
  all: ConditionRecord[];
} {
  let memory: HealthMemory = { restarts: [] };
  let all: ConditionRecord[] = [];
  for (const look of looks) {
    // Between two looks the memory is in the store.
    memory = readMemory(JSON.parse(JSON.stringify(withLook(memory, look, thresholds)))) ?? memory;
    all = conditionsOf(memory, look, thresholds, all);
  }
  return { status: Object.fromEntries(all.map(({ type, status }) => [type, status])), all };
}

const look = (
  seconds: number,
  flinkJobState: HealthLook['flinkJobState'] = 'RUNNING',
  restarts = 0,
): HealthLook => ({ at: seconds * 1_000, flinkJobState, restarts });

test('a job that runs has all conditions, each False', () => {
  expect(afterLooks(look(0)).status).toEqual({
    JobFailing: 'False',
    JobUnstable: 'False',
    ClusterUnreachable: 'False',
  });
});

test('RESTARTING for as long as the threshold is JobFailing; an answer of RUNNING ends it', () => {
  expect(afterLooks(look(0, 'RESTARTING'), look(59, 'FAILING')).status.JobFailing).toBe('False');
  expect(afterLooks(look(0, 'RESTARTING'), look(60, 'FAILING')).status.JobFailing).toBe('True');
  const healed = afterLooks(look(0, 'RESTARTING'), look(60, 'RESTARTING'), look(61));
  expect(healed.status.JobFailing).toBe('False');
});

test('silence for as long as the threshold is ClusterUnreachable, and nothing else is known then (F34)', () => {
  expect(afterLooks(look(0), look(10, 'UNKNOWN'), look(69, 'UNKNOWN')).status).toMatchObject({
    ClusterUnreachable: 'False',
  });
  expect(afterLooks(look(0), look(10, 'UNKNOWN'), look(70, 'UNKNOWN')).status).toEqual({
    JobFailing: 'Unknown',
    JobUnstable: 'Unknown',
    ClusterUnreachable: 'True',
  });
});

test('silence below the threshold is told for what it is, and said to be no trouble yet', () => {
  const silent = { ...look(10, 'UNKNOWN'), why: 'connect ECONNREFUSED' };
  const told = afterLooks(look(0), silent).all.map(({ status, message }) => `${status} ${message}`);
  expect(told).toEqual([
    'False Flink did not report the job as failing when it last answered.',
    'False No restarts seen.',
    "False Flink's REST endpoint has not answered since 1970-01-01T00:00:10.000Z: connect ECONNREFUSED.",
  ]);
});

test('silence teaches nothing: trouble that was there before it goes on', () => {
  const seen = afterLooks(look(0, 'RESTARTING'), look(30, 'UNKNOWN'), look(61, 'RESTARTING'));
  expect(seen.status.JobFailing).toBe('True');
});

describe('a Flink that answers and does not know the job', () => {
  const lost = (seconds: number): HealthLook => ({
    ...look(seconds, 'UNKNOWN'),
    jobNotKnown: true,
  });
  const told = (...looks: HealthLook[]) =>
    afterLooks(...looks).all.map(({ status, reason, message }) => `${status} ${reason} ${message}`);

  test('is not silent; what it knew last is no news any more, and is told as that', () => {
    expect(told(look(0), lost(10), lost(69))).toEqual([
      'False JobNotKnown Flink has not known the job since 1970-01-01T00:00:10.000Z.',
      'False NoRestarts No restarts seen.',
      "False ClusterReachable Flink's REST endpoint answers.",
    ]);
  });

  test('for as long as the threshold leaves the job unknown: it proves no end (S25)', () => {
    const since = '1970-01-01T00:00:10.000Z';
    const unknown = `Unknown JobNotKnown Flink has not known the job since ${since}: `;
    expect(told(look(0), lost(10), lost(70))).toEqual([
      expect.stringContaining(unknown),
      expect.stringContaining(unknown),
      "False ClusterReachable Flink's REST endpoint answers.",
    ]);
  });

  test('and is silent in between has not learned of it', () => {
    const { status } = afterLooks(look(0), lost(10), look(40, 'UNKNOWN'), lost(70));
    expect(status).toMatchObject({ JobFailing: 'Unknown', ClusterUnreachable: 'False' });
  });

  test('is silent for long: that counts', () => {
    const { status } = afterLooks(look(0), lost(10), look(20, 'UNKNOWN'), look(80, 'UNKNOWN'));
    expect(status).toMatchObject({ JobFailing: 'Unknown', ClusterUnreachable: 'True' });
  });

  test('and then does is as ever; trouble that was there before it goes on', () => {
    expect(afterLooks(look(0), lost(10), lost(80), look(90)).status.JobFailing).toBe('False');
    const seen = afterLooks(look(0, 'RESTARTING'), lost(30), look(61, 'RESTARTING'));
    expect(seen.status.JobFailing).toBe('True');
  });
});

test('restarts within the window are JobUnstable, older ones are forgotten', () => {
  const three = [look(0, 'RUNNING', 0), look(10, 'RUNNING', 1), look(20, 'RUNNING', 3)];
  expect(afterLooks(...three).status.JobUnstable).toBe('True');
  expect(afterLooks(...three, look(700, 'RUNNING', 3)).status.JobUnstable).toBe('False');
});

test('lastTransitionTime moves with the status only, lastUpdateTime with every text too', () => {
  const { all } = afterLooks(
    look(0),
    look(10),
    look(20, 'UNKNOWN'),
    look(81, 'UNKNOWN'),
    look(90, 'UNKNOWN'),
  );
  const silent = all.find(({ type }) => type === 'ClusterUnreachable');
  expect(silent).toMatchObject({ lastTransitionTime: 81_000, lastUpdateTime: 90_000 });
});

test('a memory of another shape is none', () => {
  for (const stored of [undefined, null, 'x', {}, { restarts: 'x' }, { restarts: [{ at: 1 }] }])
    expect(readMemory(stored)).toBeUndefined();
});
