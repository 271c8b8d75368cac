import { afterAll, beforeAll, expect, test } from 'vitest';
import { Story } from '../support/story.ts';

let story: Story;
beforeAll(async () => {
  story = await Story.open();
});
afterAll(() => story.close());

const start = [
  'STATE_TRANSITION_IS_NEEDED',
  'CREATING_A_NEW_JOB',
  'SPINNING_UP_A_CLUSTER_FOR_A_JOB',
  'AWAITING_FOR_A_CLUSTER_TO_SPIN_UP',
  'AWAITING_A_JOB_TO_START',
  'JOB_SUCCESSFULLY_STARTED',
  'STATE_TRANSITION_IS_COMPLETED',
];
const savepoint = [
  'CREATING_A_SAVEPOINT_BEFORE_SUSPENSION',
  'NEED_TO_TRIGGER_A_SAVEPOINT',
  'SUCCESSFULLY_TRIGGERED_A_SAVEPOINT',
  'AWAITING_FOR_A_SAVEPOINT_TO_COMPLETE',
  'AWAITING_SAVEPOINT_COMPLETION_TO_TRANSITION_TO_SUSPENDED',
  'TRANSITIONED_TO_COMPLETED',
  'FOUND_A_COMPLETED_SAVEPOINT_READY_FOR_SUSPENSION',
];
const cancel = [
  'FOUND_A_JOB_TO_TERMINATE',
  'AWAITING_A_JOB_TO_TERMINATE',
  'AWAIT_FOR_A_CLUSTER_TO_TEARDOWN',
  'STATE_TRANSITION_IS_COMPLETED',
];
const upgradeHead = [
  'STATE_TRANSITION_IS_NEEDED',
  'USING_AN_UPGRADE_STRATEGY',
  'CREATING_A_NEW_JOB',
  'SPINNING_UP_A_CLUSTER_FOR_A_JOB',
  'AWAITING_FOR_A_CLUSTER_TO_SPIN_UP',
];
const upgradeTail = [
  'FOUND_AN_OLD_JOB_AND_WILL_TERMINATE_IT',
  'AWAITING_A_JOB_TO_START',
  'JOB_SUCCESSFULLY_STARTED',
  'STATE_TRANSITION_IS_COMPLETED',
];

test('a Deployment starts, runs and is cancelled (M04, M05, M07, M08, M10, M11)', async () => {
  const { id, record } = await story.create();
  expect(record.status.state).toBe('TRANSITIONING');
  await story.reaches(id, 'RUNNING');
  const reply = await story.patch(id, { state: 'CANCELLED' });
  expect(reply.status.state).toBe('TRANSITIONING');
  await story.reaches(id, 'CANCELLED');
  story.nothingLeft(id);
  expect(await story.eventNames(id)).toEqual([...start, 'STATE_TRANSITION_IS_NEEDED', ...cancel]);
});

test('suspend takes a savepoint first, and resume starts from it (M06, M12, M23, S2, S24)', async () => {
  const { id } = await story.create({ restoreStrategy: { kind: 'LATEST_SAVEPOINT' } });
  await story.reaches(id, 'RUNNING');
  story.world.expectSavepointBeforeStop(id);
  await story.patch(id, { state: 'SUSPENDED' });
  await story.reaches(id, 'SUSPENDED');
  story.nothingLeft(id);
  const told = await story.eventNames(id, start.length);
  expect(told).toEqual(['STATE_TRANSITION_IS_NEEDED', ...savepoint, ...cancel]);
  const [made] = await story.store.savepoints.list('default', { deploymentId: id });
  expect(made).toMatchObject({ origin: 'SUSPEND', state: 'COMPLETED' });
  await story.patch(id, { state: 'RUNNING' });
  await story.reaches(id, 'RUNNING');
  expect(story.world.lostState(id)).toBe(0);
  const [, resumed] = await story.store.jobs.list('default', { deploymentId: id });
  expect(resumed?.spec['savepointLocation']).toBe(made?.location);
});

test('a STATEFUL upgrade starts before it stops and loses nothing (M17, M21, mission 2)', async () => {
  const { id } = await story.create();
  await story.reaches(id, 'RUNNING');
  story.world.expectSavepointBeforeStop(id);
  const before = await story.eventCount(id);
  const reply = await story.patch(id, { template: { spec: { parallelism: 2 } } });
  expect(reply.status.state).toBe('TRANSITIONING');
  await story.reaches(id, 'RUNNING');
  expect(await story.eventNames(id, before)).toEqual([
    ...upgradeHead,
    ...savepoint,
    ...upgradeTail,
  ]);
  expect(story.world.lostState(id)).toBe(0);
  expect(story.world.oversights(id)).toEqual([]);
  await story.until(
    () => story.world.clustersOf(id).length,
    (count) => count === 1,
    'one cluster',
  );
});

test('a STATELESS upgrade replaces the job without a savepoint (M16, S13)', async () => {
  const { id } = await story.create({ upgradeStrategy: { kind: 'STATELESS' } });
  await story.reaches(id, 'RUNNING');
  const before = await story.eventCount(id);
  await story.patch(id, { template: { spec: { parallelism: 2 } } });
  await story.reaches(id, 'RUNNING');
  expect(await story.eventNames(id, before)).toEqual([...upgradeHead, ...upgradeTail]);
  const origins = (await story.store.savepoints.list('default', { deploymentId: id })).map(
    (one) => one.origin,
  );
  expect(origins.filter((origin) => origin !== 'RETAINED_CHECKPOINT')).toEqual([]);
});

test('every history of these stories replays, and no promise was broken', () => story.judge());
