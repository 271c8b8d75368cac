import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inWaves } from '../support/in-waves.ts';
import { jarOf, Story } from '../support/story.ts';

let story: Story;
beforeAll(async () => {
  story = await Story.open();
});
afterAll(() => story.close());

const scale = (parallelism: number) => ({ template: { spec: { parallelism } } });
const jobsOf = (id: string) => story.store.jobs.list('default', { deploymentId: id });

/** Cancels and says how long it took; L7 allows 20 s for the first stopping call. */
async function cancelled(id: string): Promise<void> {
  await story.patch(id, { state: 'CANCELLED' });
  await story.reaches(id, 'CANCELLED');
  story.nothingLeft(id);
}

describe.concurrent('a cancel cuts every step short (L7)', () => {
  test('while a cluster comes up that never will', async () => {
    const { id } = await story.create({ state: 'CANCELLED' });
    story.program(id, { neverDeploys: true });
    await story.patch(id, { state: 'RUNNING' });
    await story.until(
      () => story.world.liveJobs(id).length,
      (live) => live === 1,
      'the job waits for its tasks',
    );
    await cancelled(id);
    expect((await jobsOf(id)).map(({ state }) => state)).toEqual(['TERMINATED']);
  });

  test('while the artifact cannot be fetched', async () => {
    const { id } = await story.create({ state: 'CANCELLED' });
    story.world.artifacts.answer(jarOf(id), 'unavailable');
    await story.patch(id, { state: 'RUNNING' });
    await story.until(
      () => story.world.trace.entries.filter((entry) => entry.detail === jarOf(id)).length,
      (count) => count > 0,
      'it is being fetched',
    );
    await cancelled(id);
  });

  test('in the back-off before attempt 2: attempts 2 to 4 never run (F44)', async () => {
    const { id } = await story.create(
      { state: 'CANCELLED' },
      { settings: { attemptBackoffMs: 60_000, attemptBackoffMaxMs: 60_000 } },
    );
    story.program(id, { mainThrows: 'X: broken' });
    await story.patch(id, { state: 'RUNNING' });
    const told = await story.until(
      () => story.explain(id),
      ({ attempt }) => attempt?.number === 2,
      'explain tells of attempt 2',
    );
    expect(told).toMatchObject({
      step: 'start-job',
      attempt: { number: 2, limit: 4, lastError: 'X: broken' },
    });
    expect(told.attempt?.nextTryAt).toMatch(/^\d{4}-/);
    await cancelled(id);
    expect(await jobsOf(id)).toHaveLength(1);
  });

  test('while start attempt 2 is under way: attempts 3 and 4 never run (F44)', async () => {
    const { id } = await story.create({ state: 'CANCELLED' });
    story.program(id, (run) => (run === 1 ? { mainThrows: 'X: once' } : { neverDeploys: true }));
    await story.patch(id, { state: 'RUNNING' });
    await story.until(
      () => story.world.liveJobs(id).length,
      (live) => live === 1,
      'attempt 2 waits for its tasks',
    );
    await cancelled(id);
    expect((await jobsOf(id)).map(({ attempt, state }) => `${attempt} ${state}`)).toEqual([
      '1 FAILED',
      '2 TERMINATED',
    ]);
    expect(await story.eventNames(id)).toContain('FOUND_A_JOB_TO_TERMINATE'); // S10
  });

  test('while a standby comes up: the old job goes too', async () => {
    const id = await story.running();
    const hook = story.world.onCall('run', async (entry) => {
      if (entry.deploymentId !== id) return;
      hook();
      await story.patch(id, { state: 'CANCELLED' });
    });
    await story.patch(id, scale(2));
    await story.reaches(id, 'CANCELLED');
    story.nothingLeft(id);
  });

  test('while a savepoint is pending: it is overtaken, and what it wrote is not lost', async () => {
    const id = await story.running();
    story.world.outcome(id, 'stop', { is: 'never-ends' });
    await story.patch(id, { state: 'SUSPENDED' });
    await story.until(
      () => story.world.trace.count('stopWithSavepoint', id),
      (count) => count === 1,
      'the stop was sent',
    );
    await cancelled(id);
    const rows = await story.store.savepoints.list('default', { deploymentId: id });
    expect(rows.filter(({ origin }) => origin === 'SUSPEND').map(({ state }) => state)).toEqual([
      'FAILED',
    ]);
    const told = await story.eventNames(id);
    expect(told).toContain('RECOVERABLE_FAILURE_WHILE_TRIGGERING_A_SAVEPOINT'); // S10
  });

  test('while a recovery waits', async () => {
    const { id } = await story.create(
      { state: 'CANCELLED' },
      { settings: { recoveryBackoffMs: 60_000, recoveryBackoffMaxMs: 60_000 } },
    );
    story.diesOnceRunning(id);
    await story.patch(id, { state: 'RUNNING' });
    await story.until(
      () => story.world.jobs(id).filter((job) => job.isTerminal).length,
      (dead) => dead === 2,
      'it died twice',
    );
    await cancelled(id);
    expect(story.world.jobs(id)).toHaveLength(2);
  });
});

describe.concurrent('the latest wish wins (M09, L2)', () => {
  /** Acts while what the last attempt began is cleared away: what it will say is decided then. */
  const asItFails = (id: string, act: () => Promise<unknown>): void => {
    const off = story.world.onCall('destroy', async (entry) => {
      if (entry.deploymentId !== id) return;
      off();
      await act();
    });
  };

  test('a cancel accepted as the last attempt fails is no failure (R23)', async () => {
    const { id } = await story.create({ state: 'CANCELLED', maxJobCreationAttempts: 1 });
    story.program(id, { mainThrows: 'X: broken' });
    asItFails(id, () => story.patch(id, { state: 'CANCELLED' }));
    await story.patch(id, { state: 'RUNNING' });
    await story.reaches(id, 'CANCELLED');
    expect(await story.eventNames(id)).not.toContain('TOO_MANY_FAILED_JOB_CREATION_ATTEMPTS');
    story.nothingLeft(id);
  });

  test('a mended program accepted as the last attempt fails is tried', async () => {
    const { id } = await story.create({ state: 'CANCELLED', maxJobCreationAttempts: 1 });
    story.program(id, { mainThrows: 'X: broken' });
    asItFails(id, () => {
      story.program(id, {});
      return story.patch(id, scale(2));
    });
    await story.patch(id, { state: 'RUNNING' });
    await story.reaches(id, 'RUNNING');
    expect(story.world.liveJob(id).parallelism).toBe(2);
  });

  test('a cancel accepted as the last standby fails ends the job, which runs on till then', async () => {
    const id = await story.running({ maxJobCreationAttempts: 1 });
    const refuse = { is: 'refused', code: 'CLUSTER_START_FAILED', message: 'X: no' } as const;
    story.world.fault({ kind: 'uploadJar', deploymentId: id }, refuse);
    asItFails(id, () => story.patch(id, { state: 'CANCELLED' }));
    await story.patch(id, scale(2));
    await story.reaches(id, 'CANCELLED');
    story.nothingLeft(id);
  });

  test('RUNNING, CANCELLED, RUNNING faster than transitions (F48)', async () => {
    const id = await story.running();
    for (let i = 0; i < 3; i += 1) {
      await story.patch(id, { state: 'CANCELLED' });
      await story.patch(id, { state: 'RUNNING' });
    }
    await story.reaches(id, 'RUNNING');
    expect(story.world.liveJobs(id)).toHaveLength(1);
    story.lostNothing(id);
  });

  test('SUSPENDED while it starts: the start is given up, nothing is left, no state was there to lose', async () => {
    const { id } = await story.create({ state: 'CANCELLED' });
    story.program(id, { neverDeploys: true });
    await story.patch(id, { state: 'RUNNING' });
    await story.until(
      () => story.world.liveJobs(id).length,
      (live) => live === 1,
      'the job waits for its tasks',
    );
    await story.patch(id, { state: 'SUSPENDED' });
    await story.reaches(id, 'SUSPENDED');
    story.nothingLeft(id);
  });

  test('100 changes at once: the last wins, at most two upgrades, an event each (F47)', async () => {
    const id = await story.running({ upgradeStrategy: { kind: 'STATELESS' } });
    const before = await story.eventCount(id);
    const notes = Array.from({ length: 100 }, (_, n) => ({ annotations: { n: String(n) } }));
    const replies = await inWaves(notes, (note) => story.patch(id, {}, note));
    await story.reaches(id, 'RUNNING');
    const record = await story.record(id);
    expect(record.specVersion).toBe(101);
    const last = replies.toSorted((a, b) => b.specVersion - a.specVersion)[0];
    expect(record.annotations).toEqual(last?.annotations);
    const names = await story.eventNames(id, before);
    expect(names.filter((name) => name === 'STATE_TRANSITION_IS_NEEDED')).toHaveLength(100);
    expect(story.world.jobs(id).length).toBeLessThanOrEqual(3);
    expect(story.world.liveJobs(id)).toHaveLength(1);
  });

  test('a strategy set to NONE in mid-upgrade, before the stop: the old job stays (F54)', async () => {
    const id = await story.running();
    const job = story.world.liveJob(id).id;
    const off = story.world.onCall('ensure', async (entry) => {
      if (entry.deploymentId !== id) return;
      off();
      await story.patch(id, { upgradeStrategy: { kind: 'NONE' } });
    });
    await story.patch(id, scale(2));
    await story.reaches(id, 'RUNNING');
    expect(story.world.liveJob(id).id).toBe(job);
    await story.until(
      () => story.world.clustersOf(id).length,
      (count) => count === 1,
      'the standby goes',
    );
  });
});

test('interrupted at random instants it always ends, and nothing is left', async () => {
  const seed = Number(process.env.SLUICE_TEST_SEED ?? Date.now() % 1_000_000);
  console.info(`seed ${seed} (SLUICE_TEST_SEED repeats it)`);
  let random = seed;
  const next = (): number => {
    random = (random * 48_271) % 2_147_483_647;
    return random / 2_147_483_647;
  };
  // Without the workflow cache each life takes six times as long.
  const lives = process.env.SLUICE_TEST_WORKFLOW_CACHE === '0' ? 10 : 30;
  const instants = Array.from({ length: lives }, () => next());
  await inWaves(instants, async (instant) => {
    const { id } = await story.create({ maxJobCreationAttempts: 3 });
    if (instant < 0.3) story.program(id, { mainThrows: 'X: broken' });
    // Instants are counted in calls to the world, which are the same on a slow machine and on a fast one.
    const calls = Math.floor(instant * 25);
    await story.until(
      () => story.world.trace.of(id).length,
      (count) => count >= calls,
      `${calls} calls were made`,
    );
    await story.patch(id, { state: 'CANCELLED' });
    await story.reaches(id, 'CANCELLED');
    story.nothingLeft(id);
  });
});

test('every history of these stories replays, and no promise was broken', () => story.judge());
