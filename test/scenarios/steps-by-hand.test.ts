import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CallKind } from '../fakes/trace.ts';
import { Story } from '../support/story.ts';

let story: Story;
beforeAll(async () => {
  story = await Story.open();
});
afterAll(() => story.close());

type Act = 'terminate' | 'cancel';
const acts: Act[] = ['terminate', 'cancel'];

/** A person ends the workflow of the step under way, at its next call of the kind; the call itself goes on. */
function endStepAt(id: string, act: Act, kind: CallKind): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const off = story.world.onCall(kind, async (entry) => {
    if (entry.deploymentId !== id) return;
    off();
    await endStep(id, act).then(resolve, reject);
  });
  return promise;
}

async function endStep(id: string, act: Act): Promise<void> {
  const { stepWorkflowId } = await story.until(
    () => story.explain(id),
    ({ stepWorkflowId: at }) => at !== undefined,
    'a step has a workflow',
  );
  const step = story.client.workflow.getHandle(stepWorkflowId ?? '');
  await (act === 'terminate' ? step.terminate('a person did it') : step.cancel());
}

const toldByHand = async (id: string): Promise<string[]> =>
  (await story.messages(id)).filter((line) => line.includes('by hand in Temporal'));

async function grown(spec: Parameters<Story['create']>[0] = {}): Promise<string> {
  const id = await story.running(spec);
  await story.checkpointed(id);
  return id;
}

const scale = (parallelism: number) => ({ template: { spec: { parallelism } } });

const isUpgraded = (id: string) =>
  story.until(
    () => story.record(id),
    ({ status }) => status.state === 'RUNNING' && story.world.liveJob(id).parallelism === 2,
    'the upgrade has ended',
  );

describe.concurrent("a person ends a step's workflow in Temporal: what is wanted stands", () => {
  for (const act of acts) {
    test.for(['ensure', 'uploadJar', 'run', 'job'] as const)(
      `${act} a start at its %s: what it began goes, another attempt runs (S1, S6)`,
      async (kind) => {
        const { id } = await story.create({ state: 'CANCELLED', maxJobCreationAttempts: 2 });
        const ended = endStepAt(id, act, kind);
        await story.patch(id, { state: 'RUNNING' });
        await ended;
        await story.reaches(id, 'RUNNING');
        expect(story.world.liveJobs(id)).toHaveLength(1);
        expect((await toldByHand(id)).join()).toContain('start-job');
        await story.until(
          () => story.world.clustersOf(id).length,
          (count) => count === 1,
          'one cluster is left',
        );
        const jobs = await story.store.jobs.list('default', { deploymentId: id });
        expect(jobs.map(({ attempt }) => attempt)).toEqual([1, 2]);
        expect(jobs.at(-1)?.state).toBe('STARTED');
      },
    );

    test.for(['ensure', 'job', 'stopWithSavepoint', 'savepointOperation'] as const)(
      `${act} an upgrade's step at its %s: it ends as wanted, nothing lost (S2, S3)`,
      async (kind) => {
        const id = await grown();
        story.world.expectSavepointBeforeStop(id);
        const ended = endStepAt(id, act, kind);
        await story.patch(id, scale(2));
        await ended;
        await isUpgraded(id);
        expect(await toldByHand(id)).toHaveLength(1);
        story.lostNothing(id);
        const rows = await story.store.savepoints.list('default', { deploymentId: id });
        expect(rows.filter(({ state }) => state === 'STARTED')).toEqual([]);
      },
    );

    test(`${act} the stop of a job: it is cancelled all the same`, async () => {
      const id = await grown();
      const ended = endStepAt(id, act, 'cancel');
      await story.patch(id, { state: 'CANCELLED' });
      await ended;
      await story.reaches(id, 'CANCELLED');
      story.nothingLeft(id);
    });

    test(`${act} a user's savepoint: its record says what became of it`, async () => {
      const { id } = await story.create({ state: 'CANCELLED' });
      story.program(id, { slowCheckpointMs: 150 });
      await story.patch(id, { state: 'RUNNING' });
      await story.reaches(id, 'RUNNING');
      const ended = endStepAt(id, act, 'savepointOperation');
      const { id: savepointId } = await story.savepoint(id);
      await ended;
      const savepoint = await story.until(
        () => story.store.savepoints.get(savepointId),
        (seen) => seen?.state !== 'STARTED',
        'the savepoint has ended',
      );
      expect(savepoint).toMatchObject({ state: 'COMPLETED' });
      expect((await story.record(id)).status.state).toBe('RUNNING');
    });
  }

  test('ended in its last attempt: FAILED, nothing left, and retry has fresh attempts (M15, S6)', async () => {
    const { id } = await story.create({ state: 'CANCELLED', maxJobCreationAttempts: 1 });
    const ended = endStepAt(id, 'terminate', 'run');
    await story.patch(id, { state: 'RUNNING' });
    await ended;
    const { status } = await story.reaches(id, 'FAILED');
    expect(status.failure).toMatchObject({
      reason: 'INTERRUPTED',
      message: expect.stringContaining('terminated by hand in Temporal'),
    });
    story.nothingLeft(id);
    await story.signal(id, 'retry');
    await story.reaches(id, 'RUNNING');
    expect(story.world.liveJobs(id)).toHaveLength(1);
  });

  test('a savepoint ended in its last attempt: FAILED, the job runs on (S8)', async () => {
    const id = await grown({ maxSavepointCreationAttempts: 1 });
    const job = story.world.liveJob(id).id;
    const ended = endStepAt(id, 'terminate', 'job');
    await story.patch(id, { state: 'SUSPENDED' });
    await ended;
    await story.reaches(id, 'FAILED');
    expect(story.world.liveJob(id).id).toBe(job);
    await story.signal(id, 'retry');
    await story.reaches(id, 'SUSPENDED');
    story.nothingLeft(id);
  });
});

test('every history of these stories replays, and no promise was broken', () => story.judge());
