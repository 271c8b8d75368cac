import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Story } from '../support/story.ts';
import { start } from '../support/story-events.ts';

let story: Story;
/** Its target is silenced, which all its Deployments notice: one test at a time. */
let alone: Story;
beforeAll(async () => {
  [story, alone] = await Promise.all([Story.open(), Story.open()]);
});
afterAll(() => Promise.all([story.close(), alone.close()]));

/** The condition of the running job, as a reader sees it. */
async function unreachable(from: Story, id: string): Promise<string | undefined> {
  const [job] = await from.store.jobs.list('default', { deploymentId: id });
  const seen = await from.store.observations.get(job?.id ?? '');
  return seen?.conditions.find(({ type }) => type === 'ClusterUnreachable')?.status;
}

const shows = (from: Story, id: string, status: string) =>
  from.until(
    () => unreachable(from, id),
    (seen) => seen === status,
    `ClusterUnreachable is ${status}`,
  );

describe.concurrent('silence is no evidence (S25)', () => {
  test.for(['silent', 'refuses', 'garbage'] as const)(
    'Flink %s for long: the condition and nothing else, and it heals (F34, F36b)',
    async (mood) => {
      const id = await story.running();
      await shows(story, id, 'False');
      story.world.declareQuiet(id);
      const { clusterId } = story.world.serving(id);
      story.world.rest(clusterId, mood);
      await shows(story, id, 'True');
      expect((await story.record(id)).status.state).toBe('RUNNING');
      story.world.rest(clusterId, 'answers');
      await shows(story, id, 'False');
      expect(await story.eventNames(id)).toEqual(start);
    },
  );

  test("cancel's answer is lost: asked again, one end, CANCELLED after the teardown (F39)", async () => {
    const id = await story.running();
    const lost = story.world.fault({ kind: 'cancel', deploymentId: id }, { is: 'answer-lost' });
    await story.patch(id, { state: 'CANCELLED' });
    await story.reaches(id, 'CANCELLED');
    expect(lost.fired).toBe(1);
    story.nothingLeft(id);
  });

  test('cancel hangs in user code: teardown after the grace (F40)', async () => {
    const { id } = await story.create({ state: 'CANCELLED' }, { settings: { cancelGraceMs: 300 } });
    story.program(id, { cancelHangs: true });
    await story.patch(id, { state: 'RUNNING' });
    await story.reaches(id, 'RUNNING');
    await story.patch(id, { state: 'CANCELLED' });
    await story.reaches(id, 'CANCELLED');
    story.nothingLeft(id);
  });

  test('a user cancels while Flink is silent: teardown after the grace', async () => {
    const id = await story.running({}, { settings: { cancelGraceMs: 300 } });
    story.world.rest(story.world.serving(id).clusterId, 'silent');
    await story.patch(id, { state: 'CANCELLED' });
    await story.reaches(id, 'CANCELLED');
    story.nothingLeft(id);
  });

  test('silence for longer than SLUICE_OUTAGE_MS: FAILED, the job is left as it is, a retry goes on (2.3, S26)', async () => {
    const id = await story.running(
      { upgradeStrategy: { kind: 'STATELESS', startBeforeStop: false } },
      { settings: { cancelGraceMs: 100, outageMs: 700 } },
    );
    const job = story.world.liveJob(id).id;
    const { clusterId } = story.world.serving(id);
    story.world.rest(clusterId, 'silent');
    await story.patch(id, { template: { spec: { parallelism: 2 } } });
    const failed = await story.reaches(id, 'FAILED');
    expect(failed.status.failure).toMatchObject({ reason: 'DEPENDENCY_UNAVAILABLE' });
    expect(story.world.liveJob(id).id).toBe(job);
    story.world.rest(clusterId, 'answers');
    await story.signal(id, 'retry');
    await story.reaches(id, 'RUNNING');
    expect(story.world.liveJob(id).parallelism).toBe(2);
    story.lostNothing(id);
  });

  test('a STATELESS upgrade meets silence: it waits, the job lives, and goes on when Flink answers', async () => {
    const id = await story.running(
      { upgradeStrategy: { kind: 'STATELESS' } },
      { settings: { cancelGraceMs: 100 } },
    );
    const { clusterId } = story.world.serving(id);
    story.world.rest(clusterId, 'silent');
    await story.patch(id, { template: { spec: { parallelism: 2 } } });
    const asked = () =>
      story.world.trace.calls('jobState', id).filter((call) => call.answer === 'unreachable');
    await story.until(
      () => story.explain(id),
      ({ step }) => step === 'stop-job',
      'it stops the old job',
    );
    const before = asked().length;
    await story.until(asked, (calls) => calls.length > before + 1, 'it keeps asking');
    expect(story.world.liveJobs(id)).toHaveLength(1);
    story.world.rest(clusterId, 'answers');
    await story.reaches(id, 'RUNNING');
    expect(story.world.liveJob(id).parallelism).toBe(2);
  });

  test('a user cancels a STATELESS upgrade that meets silence: teardown after the grace (2.4)', async () => {
    const id = await story.running(
      { upgradeStrategy: { kind: 'STATELESS' } },
      { settings: { cancelGraceMs: 100 } },
    );
    story.world.rest(story.world.serving(id).clusterId, 'silent');
    await story.patch(id, { template: { spec: { parallelism: 2 } } });
    await story.until(
      () => story.explain(id),
      ({ step }) => step === 'stop-job',
      'it stops the old job',
    );
    await story.patch(id, { state: 'CANCELLED' });
    await story.reaches(id, 'CANCELLED');
    story.nothingLeft(id);
  });

  test('a user cancels while nobody says what a dead job left: looked for as its cluster goes (2.4)', async () => {
    const id = await story.running({}, { settings: { cancelGraceMs: 100 } });
    await story.checkpointed(id);
    const job = story.world.liveJob(id);
    const off = story.world.onCall('jobState', (entry) => {
      if (entry.flinkJobId !== job.id) return;
      off();
      job.fail('RuntimeException: poison');
    });
    let asked = 0;
    let answer: (() => void) | undefined;
    const answered = new Promise<void>((done) => {
      answer = done;
    });
    story.world.onCall('checkpoints', async (entry) => {
      if (entry.flinkJobId !== job.id || !job.isTerminal) return;
      asked += 1;
      if (asked === 1) await answered;
    });
    await story.until(
      () => asked,
      (count) => count === 1,
      'its checkpoints are asked for',
    );
    await story.patch(id, { state: 'CANCELLED' });
    await story.reaches(id, 'CANCELLED');
    answer?.();
    story.nothingLeft(id);
    await story.patch(id, { state: 'RUNNING' });
    await story.reaches(id, 'RUNNING');
    story.lostNothing(id);
  });

  test('the answer to the submit is lost: found by its id, no second job, no attempt burnt (F04, R09)', async () => {
    const { id } = await story.create({ state: 'CANCELLED' });
    const lost = story.world.fault(
      { kind: 'run', deploymentId: id, times: 2 },
      { is: 'answer-lost' },
    );
    await story.patch(id, { state: 'RUNNING' });
    await story.reaches(id, 'RUNNING');
    expect(lost.fired).toBeGreaterThan(0);
    expect(story.world.jobs(id)).toHaveLength(1);
    expect(await story.store.jobs.list('default', { deploymentId: id })).toHaveLength(1);
  });

  test('the target is away while it creates: no attempt burnt (F05)', async () => {
    const { id } = await story.create({ state: 'CANCELLED', maxJobCreationAttempts: 1 });
    story.world.fault({ kind: 'ensure', deploymentId: id, times: 3 }, { is: 'request-lost' });
    await story.patch(id, { state: 'RUNNING' });
    await story.reaches(id, 'RUNNING');
    expect(await story.store.jobs.list('default', { deploymentId: id })).toHaveLength(1);
  });
});

describe('a target that does not answer', () => {
  test('while the job runs: the condition, no write, and it heals (F35)', async () => {
    const id = await alone.running();
    await shows(alone, id, 'False');
    alone.world.declareQuiet(id);
    alone.world.target.silent = true;
    await shows(alone, id, 'True');
    alone.world.target.silent = false;
    await shows(alone, id, 'False');
    expect((await alone.record(id)).status.state).toBe('RUNNING');
    expect(await alone.eventNames(id)).toEqual(start);
  });

  test('a cancel waits for it, forceCancel does not: CANCELLED, and what is left is named', async () => {
    const id = await alone.running();
    const { clusterId } = alone.world.serving(id);
    alone.world.target.silent = true;
    await alone.patch(id, { state: 'CANCELLED' });
    expect((await alone.record(id)).status.state).toBe('TRANSITIONING');
    await alone.signal(id, 'forceCancel');
    await alone.reaches(id, 'CANCELLED');
    const left = (await alone.messages(id)).filter((line) => line.includes('Left behind'));
    expect(left).toHaveLength(1);
    expect(left[0]).toContain(clusterId);
    alone.world.target.silent = false;
  });

  test('forceCancel ends a start that it keeps waiting, and names what it began', async () => {
    const { id } = await alone.create({ state: 'CANCELLED' });
    alone.program(id, { neverDeploys: true });
    await alone.patch(id, { state: 'RUNNING' });
    await alone.until(
      () => alone.world.liveJobs(id).length,
      (live) => live === 1,
      'the job waits for its tasks',
    );
    const { clusterId } = alone.world.serving(id);
    alone.world.target.silent = true;
    // The cancel begins to clear away what the start began, which the silent target does not let it.
    await alone.patch(id, { state: 'CANCELLED' });
    await alone.until(
      () => alone.world.trace.calls('destroy', id).length,
      (count) => count > 0,
      'it is being cleared away',
    );
    await alone.signal(id, 'forceCancel');
    await alone.reaches(id, 'CANCELLED');
    const left = (await alone.messages(id)).filter((line) => line.includes('Left behind'));
    expect(left.join()).toContain(clusterId);
    alone.world.target.silent = false;
  });

  test('who wants RUNNING after a force gets evidence again: no start beside what may still run (S1)', async () => {
    const id = await alone.running();
    await alone.checkpointed(id);
    alone.world.target.silent = true;
    await alone.patch(id, { state: 'CANCELLED' });
    await alone.signal(id, 'forceCancel');
    await alone.patch(id, { state: 'RUNNING' });
    alone.world.target.silent = false;
    await alone.until(
      () => alone.record(id),
      ({ status }) => status.state === 'RUNNING',
      'it runs and is left alone',
    );
    expect(alone.world.liveJobs(id)).toHaveLength(1);
  });
});

test('every history of these stories replays, and no promise was broken', async () => {
  await story.judge();
  await alone.judge();
});
