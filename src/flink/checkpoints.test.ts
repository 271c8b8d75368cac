import { expect, test } from 'vitest';
import { checkpointsReply, toCheckpoints } from './checkpoints.ts';

/** An entry as 1.20.5 and 2.3.0 send it, fields we do not read included. */
const entry = (id: number, more: object = {}) => ({
  className: 'completed',
  id,
  status: 'COMPLETED',
  is_savepoint: false,
  trigger_timestamp: id * 1_000,
  latest_ack_timestamp: id * 1_000 + 5,
  tasks: {},
  external_path: `file:/cp/chk-${id}`,
  discarded: false,
  ...more,
});
const savepoint = (id: number, more: object = {}) =>
  entry(id, { is_savepoint: true, external_path: `file:/sp/savepoint-${id}`, ...more });
const read = (latest: object, history: object[] = []) =>
  toCheckpoints(
    checkpointsReply.parse({
      counts: { restored: 0, total: 9, in_progress: 1, completed: 7, failed: 1 },
      latest: { completed: null, savepoint: null, failed: null, restored: null, ...latest },
      history,
    }),
  );

test('the newest is the largest id, wherever it stands and whatever it is', () => {
  expect(read({ completed: entry(4), savepoint: savepoint(7) }, [entry(6)]).newest).toEqual({
    id: 7,
    path: 'file:/sp/savepoint-7',
    isSavepoint: true,
    completedAt: 7_005,
  });
  expect(read({ completed: entry(8), savepoint: savepoint(7) }).newest?.id).toBe(8);
  expect(read({}, [entry(6), entry(9), entry(3)]).newest?.id).toBe(9);
});

test('what was discarded, failed, goes on or has no address is no restore point (R22)', () => {
  const nowhere = '<checkpoint-not-externally-addressable>';
  const history = [
    entry(9, { discarded: true }),
    entry(8, { status: 'FAILED', external_path: null }),
    entry(7, { status: 'IN_PROGRESS', external_path: undefined }),
    entry(6, { external_path: nowhere }),
    entry(5),
  ];
  expect(read({ completed: entry(6, { external_path: nowhere }) }, history).newest?.id).toBe(5);
  expect(read({ completed: entry(9, { discarded: true }) })).not.toHaveProperty('newest');
});

test('the latest savepoint is told even when checkpoints came after it', () => {
  const seen = read({ completed: entry(8), savepoint: savepoint(5) }, [entry(8), savepoint(6)]);
  expect(seen.latestSavepoint?.id).toBe(6);
  expect(seen.newest?.id).toBe(8);
});

test('what was restored and what failed is read as Flink says it', () => {
  const restored = {
    id: 3,
    restore_timestamp: 77,
    is_savepoint: true,
    external_path: 'file:/sp/3',
  };
  const failed = entry(4, {
    status: 'FAILED',
    failure_timestamp: 88,
    failure_message: 'Expired.\n',
  });
  const seen = read({ restored, failed });
  expect(seen.restored).toEqual({ id: 3, at: 77, isSavepoint: true, path: 'file:/sp/3' });
  expect(seen.latestFailed).toEqual({ id: 4, failedAt: 88, message: 'Expired.' });
  expect(seen.counts).toEqual({ restored: 0, total: 9, inProgress: 1, completed: 7, failed: 1 });
});

test('a restored state without an address keeps its id', () => {
  const external_path = '<checkpoint-not-externally-addressable>';
  const restored = { id: 3, restore_timestamp: 77, is_savepoint: false, external_path };
  expect(read({ restored }).restored).toEqual({ id: 3, at: 77, isSavepoint: false });
});

test('a savepoint under way is told with how far it has come', () => {
  const pending = savepoint(9, {
    status: 'IN_PROGRESS',
    external_path: undefined,
    num_subtasks: 8,
    num_acknowledged_subtasks: 3,
    state_size: 1_234,
  });
  const seen = read({}, [pending, entry(8, { status: 'IN_PROGRESS' }), savepoint(7)]);
  expect(seen.pendingSavepoint).toEqual({
    triggeredAt: 9_000,
    subtasks: 8,
    acknowledged: 3,
    bytes: 1_234,
  });
  expect(read({}, [savepoint(7)])).not.toHaveProperty('pendingSavepoint');
});
