import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { jarOf, Story } from '../support/story.ts';
import { bringUp, needed, start } from '../support/story-events.ts';

let story: Story;
beforeAll(async () => {
  story = await Story.open();
});
afterAll(() => story.close());

const scale = (parallelism: number) => ({ template: { spec: { parallelism } } });
const jobsOf = (id: string) => story.store.jobs.list('default', { deploymentId: id });

/** Starts a Deployment whose code is said first. */
async function startWith(
  program: Parameters<Story['program']>[1],
  spec: Parameters<Story['create']>[0] = {},
): Promise<string> {
  const { id } = await story.create({ ...spec, state: 'CANCELLED' });
  story.program(id, program);
  await story.patch(id, { state: 'RUNNING' });
  return id;
}

describe.concurrent('attempts to create a job (M30, api.md 3.6)', () => {
  test('main() outlasts the request: no second job, no attempt burnt (F04, flink.md 4)', async () => {
    const id = await startWith({ mainTakesMs: 300 });
    await story.reaches(id, 'RUNNING');
    expect(story.world.lineage.starts(id)).toHaveLength(1);
    expect(await story.store.jobs.list('default', { deploymentId: id })).toHaveLength(1);
  });

  test('main() never ends: the attempt ends at its deadline and says why (F04, S26)', async () => {
    const id = await startWith({ mainTakesMs: 3_600_000 }, { maxJobCreationAttempts: 1 });
    const failed = await story.reaches(id, 'FAILED');
    expect(failed.status.failure?.message).toContain('main() of the program');
    story.nothingLeft(id);
  });

  test("main() throws: four attempts, a Job each, FAILED with Flink's root cause, nothing left (F09)", async () => {
    const id = await startWith({ mainThrows: 'IllegalStateException: no topic' });
    const failed = await story.reaches(id, 'FAILED');
    expect(failed.status.failure).toMatchObject({ message: 'IllegalStateException: no topic' });
    const attempt = [...bringUp, 'AWAITING_A_JOB_TO_START', 'FAILED_CREATING_A_NEW_JOB'];
    expect((await story.eventNames(id)).slice(2)).toEqual([
      needed,
      ...[attempt, attempt, attempt, attempt].flat(),
      'TOO_MANY_FAILED_JOB_CREATION_ATTEMPTS',
    ]);
    const jobs = await jobsOf(id);
    expect(jobs.map(({ attempt: n, state }) => [n, state])).toEqual([
      [1, 'FAILED'],
      [2, 'FAILED'],
      [3, 'FAILED'],
      [4, 'FAILED'],
    ]);
    expect(new Set(jobs.map((job) => job.id)).size).toBe(4);
    story.nothingLeft(id);
  });

  test('the entry class is missing: FAILED after the limit, with its name', async () => {
    const { id } = await story.create({ state: 'CANCELLED', maxJobCreationAttempts: 1 });
    story.program(id, { entryClasses: ['a.Main'] });
    const artifact = { kind: 'JAR', jarUri: jarOf(id), entryClass: 'a.Other' };
    await story.patch(id, { state: 'RUNNING', template: { spec: { artifact } } });
    const failed = await story.reaches(id, 'FAILED');
    expect(failed.status.failure?.message).toContain("'a.Other' was not found");
  });

  test('the jar is not there: FAILED after the limit, no cluster was made (F09)', async () => {
    const { id } = await story.create({ state: 'CANCELLED', maxJobCreationAttempts: 2 });
    story.world.artifacts.answer(jarOf(id), 'missing');
    await story.patch(id, { state: 'RUNNING' });
    const failed = await story.reaches(id, 'FAILED');
    expect(failed.status.failure?.reason).toBe('ARTIFACT_NOT_FOUND');
    expect(await jobsOf(id)).toHaveLength(2);
    expect(story.world.trace.count('ensure', id)).toBe(0);
  });

  test('what no further attempt can cure ends at once', async () => {
    const { id } = await story.create({ state: 'CANCELLED' });
    story.world.artifacts.answer(jarOf(id), 'refused');
    await story.patch(id, { state: 'RUNNING' });
    const failed = await story.reaches(id, 'FAILED');
    expect(failed.status.failure?.reason).toBe('ARTIFACT_REFUSED');
    expect(await jobsOf(id)).toHaveLength(1);
  });

  test('a target that does not exist is named (api.md 3.7)', async () => {
    const { id } = await story.create({ deploymentTargetName: 'nowhere' });
    const failed = await story.reaches(id, 'FAILED');
    expect(failed.status.failure).toMatchObject({ reason: 'TARGET_NOT_FOUND' });
    expect((await story.eventNames(id)).at(-1)).toBe('REFERENCED_DEPLOYMENT_TARGET_DOES_NOT_EXIST');
  });

  test('it fails twice, then works: RUNNING, and the count starts afresh (M31, F10)', async () => {
    const flaky = (run: number) => (run % 3 === 0 ? {} : { mainThrows: 'Timeout: not yet' });
    const id = await startWith(flaky, {
      maxJobCreationAttempts: 3,
      upgradeStrategy: { kind: 'STATELESS', startBeforeStop: false },
    });
    await story.reaches(id, 'RUNNING');
    expect(await jobsOf(id)).toHaveLength(3);
    await story.patch(id, scale(2));
    await story.reaches(id, 'RUNNING');
    expect((await jobsOf(id)).map(({ sequence, attempt }) => `${sequence}/${attempt}`)).toEqual(
      expect.arrayContaining(['1/3', '2/3']),
    );
  });

  test('a start that never gets its tasks ends at its deadline (F07)', async () => {
    const { id } = await story.create(
      { state: 'CANCELLED', maxJobCreationAttempts: 1 },
      { settings: { startTimeoutMs: 400 } },
    );
    story.program(id, { neverDeploys: true });
    await story.patch(id, { state: 'RUNNING' });
    const failed = await story.reaches(id, 'FAILED');
    expect(failed.status.failure?.message).toContain('did not run within');
    story.nothingLeft(id);
  });
});

describe.concurrent('FAILED (M15, S7, api.md 3.2)', () => {
  async function failed(limit = 1): Promise<string> {
    const id = await startWith({ mainThrows: 'X: broken' }, { maxJobCreationAttempts: limit });
    await story.reaches(id, 'FAILED');
    story.world.declareQuiet(id);
    return id;
  }

  test('it stays, quiet, whatever is no change of the spec; a no-op and labels leave it', async () => {
    const id = await failed();
    await story.patch(id, {}, { labels: { a: 'b' } });
    const same = await story.patch(id, { state: 'RUNNING' });
    expect(same.status.state).toBe('FAILED');
    const before = await story.eventCount(id);
    await story.signal(id, 'stepProgress', { attempt: 1, limit: 1 });
    expect(await story.eventCount(id)).toBe(before);
  });

  test('a spec change leaves it, with fresh attempts', async () => {
    const id = await failed();
    story.world.endQuiet(id);
    story.program(id, {});
    const reply = await story.patch(id, scale(2));
    expect(reply.status.state).toBe('TRANSITIONING');
    await story.reaches(id, 'RUNNING');
  });

  test('retry leaves it, with fresh attempts; elsewhere retry is an event and nothing else', async () => {
    const id = await failed();
    story.world.endQuiet(id);
    story.program(id, {});
    await story.signal(id, 'retry');
    await story.reaches(id, 'RUNNING');
    await story.signal(id, 'retry');
    const names = await story.until(
      () => story.messages(id),
      (lines) => lines.some((line) => line.includes('Signal retry was ignored')),
      'the refusal is told',
    );
    expect(names.at(-1)).toContain('only a FAILED Deployment is retried');
  });

  test('CANCELLED is always possible, and at once where nothing is left', async () => {
    const id = await failed();
    const reply = await story.patch(id, { state: 'CANCELLED' });
    expect(reply.status.state).toBe('CANCELLED');
  });

  test('a failed suspend, then RUNNING: the job that still runs is adopted (M15, S8)', async () => {
    const id = await story.running({ maxSavepointCreationAttempts: 1 });
    const job = story.world.liveJob(id).id;
    story.world.outcome(id, 'stop', { is: 'fails' });
    await story.patch(id, { state: 'SUSPENDED' });
    await story.reaches(id, 'FAILED');
    story.world.declareQuiet(id);
    const before = await story.eventCount(id);
    const reply = await story.patch(id, { state: 'RUNNING' });
    expect(reply.status.state).toBe('RUNNING');
    expect(story.world.liveJob(id).id).toBe(job);
    expect(await story.eventNames(id, before)).toEqual([needed, start.at(-1)]);
  });

  test('FAILED with a running job, SUSPENDED again: a savepoint, then the stop', async () => {
    const id = await story.running({ maxSavepointCreationAttempts: 1 });
    story.world.expectSavepointBeforeStop(id);
    story.world.outcome(id, 'stop', { is: 'fails' });
    await story.patch(id, scale(2));
    await story.reaches(id, 'FAILED');
    await story.patch(id, { state: 'SUSPENDED' });
    await story.reaches(id, 'SUSPENDED');
    story.nothingLeft(id);
  });
});

test('every history of these stories replays, and no promise was broken', () => story.judge());
