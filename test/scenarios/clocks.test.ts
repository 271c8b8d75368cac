import { afterAll, beforeAll, expect, test } from 'vitest';
import { Story } from '../support/story.ts';
import { start, statefulUpgrade, suspend } from '../support/story-events.ts';

const hourMs = 3_600_000;

/** Its clock is set for all Deployments at once: these stories are told one after the other. */
let story: Story;
beforeAll(async () => {
  story = await Story.open();
});
afterAll(() => story.close());

/** Sets the clock at each call of a life, an hour on and an hour back in turns. */
function clockJumpsAllTheTime(): { jumps: () => number; end(): void } {
  let jumps = 0;
  const jump = () => {
    story.clockJumps(jumps % 2 === 0 ? hourMs : -hourMs);
    jumps += 1;
  };
  const kinds = ['ensure', 'run', 'job', 'checkpoints', 'stopWithSavepoint', 'destroy'] as const;
  const hooks = kinds.map((kind) => story.world.onCall(kind, jump));
  return {
    jumps: () => jumps,
    end: () => {
      for (const off of hooks) off();
    },
  };
}

test('an hour on and back at every call: the same life, in the same order (F50)', async () => {
  const clock = clockJumpsAllTheTime();
  const { id } = await story.create();
  await story.reaches(id, 'RUNNING');
  await story.checkpointed(id);
  story.world.expectSavepointBeforeStop(id);
  await story.patch(id, { template: { spec: { parallelism: 2 } } });
  await story.reaches(id, 'RUNNING');
  await story.until(
    () => story.world.clustersOf(id).length,
    (count) => count === 1,
    'the old cluster is removed',
  );
  await story.patch(id, { state: 'SUSPENDED' });
  await story.reaches(id, 'SUSPENDED');
  await story.patch(id, { state: 'RUNNING' });
  await story.reaches(id, 'RUNNING');
  clock.end();
  expect(clock.jumps()).toBeGreaterThan(20);
  const told = ['STATE_TRANSITION_IS_COMPLETED'];
  expect((await story.eventNames(id)).filter((name) => told.includes(name))).toHaveLength(4);
  expect(await story.eventNames(id)).toEqual([...start, ...statefulUpgrade, ...suspend, ...start]);
  const jobs = await story.store.jobs.list('default', { deploymentId: id });
  expect(jobs.map(({ sequence, attempt }) => [sequence, attempt])).toEqual([
    [1, 1],
    [2, 1],
    [3, 1],
  ]);
  story.lostNothing(id);
});

test('the grace of a cancel is counted in time that passed: Flink is silent, the clock jumps (F50)', async () => {
  // The watcher is not to look besides.
  const settings = { cancelGraceMs: 600_000, pollMs: 600_000 };
  const id = await story.running({}, { settings });
  const { clusterId } = story.world.serving(id);
  story.world.rest(clusterId, 'refuses');
  await story.patch(id, { state: 'CANCELLED' });
  const looks = () => story.world.trace.count('jobState', id);
  const lookedAgain = async () => {
    const before = looks();
    const or = () => looks() > before || story.world.trace.count('destroy', id) > 0;
    await story.until(or, (again) => again, 'it has looked at the job again');
  };
  await lookedAgain();
  await lookedAgain();
  story.clockJumps(hourMs);
  await lookedAgain();
  await lookedAgain();
  expect(story.world.trace.count('destroy', id)).toBe(0);
  story.world.rest(clusterId, 'answers');
  await story.reaches(id, 'CANCELLED');
  story.clockJumps(-hourMs);
  story.nothingLeft(id);
});

test('the clock goes back while a cancel waits for the grace: it ends all the same (F50)', async () => {
  const id = await story.running({}, { settings: { cancelGraceMs: 300 } });
  story.world.rest(story.world.serving(id).clusterId, 'refuses');
  story.clockJumps(hourMs);
  await story.patch(id, { state: 'CANCELLED' });
  story.clockJumps(-hourMs);
  await story.reaches(id, 'CANCELLED');
  story.nothingLeft(id);
});

test('an hour on while it runs: nobody thinks it silent, nothing is done (F50)', async () => {
  const id = await story.running();
  const events = await story.eventCount(id);
  const { jobId = '' } = (await story.record(id)).status.running ?? {};
  story.world.declareQuiet(id);
  for (const ms of [hourMs, -hourMs, hourMs]) {
    story.clockJumps(ms);
    const looks = story.world.trace.count('jobState', id);
    await story.until(
      () => story.world.trace.count('jobState', id),
      (count) => count > looks + 3,
      'the watcher has looked again',
    );
    const seen = await story.store.observations.get(jobId);
    expect(seen?.conditions.filter(({ status }) => status !== 'False')).toEqual([]);
  }
  expect(await story.eventCount(id)).toBe(events);
  expect((await story.record(id)).status.state).toBe('RUNNING');
  story.world.endQuiet(id);
});

test('every history of these stories replays, and no promise was broken', () => story.judge());
