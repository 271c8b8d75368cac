import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { jarOf, Story } from '../support/story.ts';

let story: Story;
/** Its target is silenced or its clusters are told to fail, which all its Deployments notice: one test at a time. */
let alone: Story;
beforeAll(async () => {
  [story, alone] = await Promise.all([Story.open(), Story.open()]);
});
afterAll(() => Promise.all([story.close(), alone.close()]));

/** A Deployment that will not get up, on the way. */
async function starting(
  from: Story,
  program: Parameters<Story['program']>[1] = {},
  spec: Parameters<Story['create']>[0] = {},
  settings: { startTimeoutMs?: number } = {},
): Promise<string> {
  const { id } = await from.create(
    { maxJobCreationAttempts: 1, ...spec, state: 'CANCELLED' },
    { settings },
  );
  from.program(id, program);
  await from.patch(id, { state: 'RUNNING' });
  return id;
}

/** Events in the histories of the Deployment and of the step it is at. */
async function historyOf(from: Story, id: string): Promise<number> {
  const { stepWorkflowId = '' } = await from.explain(id);
  const runs = [from.workflow(id), from.client.workflow.getHandle(stepWorkflowId)];
  const lengths = await Promise.all(runs.map(async (run) => (await run.describe()).historyLength));
  return lengths.reduce((sum, length) => sum + length, 0);
}

const failure = async (from: Story, id: string) =>
  (await from.reaches(id, 'FAILED')).status.failure?.message;

describe('a stuck step says what it waits for while it waits, and ends with the same words (mission 6)', () => {
  test('TaskManagers that do not register are counted', async () => {
    alone.world.target.troubleNext({ taskManagers: 1 });
    const spec = { template: { parallelism: 3 } };
    const id = await starting(alone, {}, spec, { startTimeoutMs: 6_000 });
    const words = '1 of 3 TaskManagers have registered with the JobManager';
    const [wait] = await alone.waitsFor(id, words);
    expect(Date.parse(wait?.since ?? '')).toBeLessThanOrEqual(Date.parse(wait?.seenAt ?? ''));
    const before = await historyOf(alone, id);
    const looks = alone.world.trace.count('overview', id);
    await alone.until(
      () => alone.world.trace.count('overview', id),
      (count) => count > looks + 20,
      'it has looked twenty times more',
    );
    expect(await historyOf(alone, id)).toBe(before);
    expect((await alone.waits(id))[0]?.since).toBe(wait?.since);
    expect(await failure(alone, id)).toContain(`not ready within 6000 ms: ${words}`);
  });

  test('a JobManager that does not answer', async () => {
    alone.world.target.troubleNext({ jobManager: 'silent' });
    const id = await starting(alone, {}, {}, { startTimeoutMs: 3_000 });
    const words = /the JobManager runs, but does not answer: overview: no answer within/;
    await alone.waitsFor(id, words);
    expect(await failure(alone, id)).toMatch(words);
  });

  test('a target that does not answer: since when, and the attempt is not burnt', async () => {
    const id = await starting(alone, { neverDeploys: true });
    await alone.waitsFor(id, 'is SCHEDULED');
    alone.world.target.silent = true;
    const [wait] = await alone.waitsFor(id, 'the target does not answer');
    const silences = () =>
      alone.world.trace.calls('describe', id).filter(({ answer }) => answer === 'unreachable');
    const before = silences().length;
    await alone.until(silences, ({ length }) => length > before + 1, 'it is asked again');
    expect((await alone.waits(id))[0]?.since).toBe(wait?.since);
    alone.world.target.silent = false;
    await alone.waitsFor(id, 'is SCHEDULED');
    await alone.patch(id, { state: 'CANCELLED' });
    await alone.reaches(id, 'CANCELLED');
  });
});

describe.concurrent('a stuck step says what it waits for while it waits', () => {
  test('tasks that wait for slots, and how many are free', async () => {
    const id = await starting(
      story,
      {},
      { template: { parallelism: 3, numberOfTaskManagers: 1 } },
      { startTimeoutMs: 3_000 },
    );
    const words =
      'the job is RUNNING, but not all its tasks run: source is SCHEDULED, counter is SCHEDULED; 1 of 1 slots are free';
    await story.waitsFor(id, words);
    expect(await failure(story, id)).toContain(`did not run within 3000 ms: ${words}`);
  });

  test('an artifact that is long in coming', async () => {
    const { promise: arrival, resolve: arrives } = Promise.withResolvers<void>();
    const { id } = await story.create({ state: 'CANCELLED' });
    const off = story.world.onCall('fetch', ({ detail }) =>
      detail === jarOf(id) ? arrival : undefined,
    );
    await story.patch(id, { state: 'RUNNING' });
    await story.waitsFor(id, 'the artifact is being brought to this host');
    arrives();
    off();
    await story.reaches(id, 'RUNNING');
    expect(await story.waits(id)).toEqual([]);
  });

  test('an artifact server that is away: how often it was tried, and what it failed of', async () => {
    const { id } = await story.create({ state: 'CANCELLED' });
    story.world.artifacts.answer(jarOf(id), 'unavailable');
    await story.patch(id, { state: 'RUNNING' });
    const [wait] = await story.until(
      () => story.waits(id),
      ([one]) => (one?.tries ?? 0) > 1,
      'it was tried twice',
    );
    expect(wait).toMatchObject({ what: 'the artifact is being brought to this host' });
    expect(wait?.lastError).toMatch(/\S/);
    await story.patch(id, { state: 'CANCELLED' });
    await story.reaches(id, 'CANCELLED');
  });

  test('a savepoint that goes on and on: since when, and how many tasks have acknowledged it', async () => {
    const id = await story.running(
      { maxSavepointCreationAttempts: 1 },
      { settings: { savepointTimeoutMs: 3_000 } },
    );
    story.world.outcome(id, 'stop', { is: 'never-ends' });
    await story.patch(id, { state: 'SUSPENDED' });
    const words =
      /the savepoint is IN_PROGRESS in Flink since \d{4}-.*Z: 0 of 2 tasks have acknowledged it/;
    await story.waitsFor(id, words);
    expect(await failure(story, id)).toMatch(words);
    const lines = await story.messages(id);
    expect(lines.find((line) => line.startsWith('AN_UN_RECOVERABLE_FAILURE'))).toMatch(words);
  });

  test('a job that is restarted when a savepoint is due, with the root cause of its failure', async () => {
    const id = await story.running(
      { maxSavepointCreationAttempts: 1 },
      { settings: { savepointTimeoutMs: 3_000, pollMs: 2_000 } },
    );
    await story.checkpointed(id);
    const off = story.world.onCall('savepointOperation', (entry) => {
      if (entry.deploymentId === id) story.world.liveJob(id).crash('ConnectException: no broker');
    });
    await story.patch(id, { state: 'SUSPENDED' });
    const words = /the job is \w+, .*its last failure: ConnectException: no broker/;
    await story.waitsFor(id, words);
    expect(await failure(story, id)).toMatch(words);
    off();
  });

  test('an old cluster whose processes do not end', async () => {
    const id = await story.running();
    const stuck = story.world.fault(
      { kind: 'destroy', deploymentId: id, times: Number.POSITIVE_INFINITY },
      { is: 'request-lost' },
    );
    await story.patch(id, { state: 'CANCELLED' });
    const [wait] = await story.until(
      () => story.waits(id),
      ([one]) => (one?.tries ?? 0) > 1,
      'it was tried twice',
    );
    expect(wait).toMatchObject({
      what: 'the processes of the old cluster must end',
      lastError: expect.stringContaining('destroy: '),
    });
    stuck.callOff();
    await story.reaches(id, 'CANCELLED');
  });

  test('a first attempt is told as one, also while a dying job must wait for it', async () => {
    const id = await starting(story, { neverDeploys: true }, { maxJobCreationAttempts: 3 });
    await story.waitsFor(id, 'is SCHEDULED');
    expect((await story.explain(id)).attempt).toEqual({ number: 1, limit: 3 });
    await story.patch(id, { state: 'CANCELLED' });
    await story.reaches(id, 'CANCELLED');
  });
});

test('every history of these stories replays, and no promise was broken', async () => {
  await story.judge();
  await alone.judge();
});
