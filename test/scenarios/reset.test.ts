import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deploymentWorkflowId } from '../../workflows/messages.ts';
import { resetWorkflow } from '../support/reset-workflow.ts';
import { Story } from '../support/story.ts';

let story: Story;
beforeAll(async () => {
  story = await Story.open();
});
afterAll(() => story.close());

/** By hand, as operators do who read too fast. */
const resetToItsBeginning = (id: string) =>
  resetWorkflow(story.client, deploymentWorkflowId('default', id));

/** The reset run has found out and ended; whoever looks next takes the Deployment up from the store. */
async function takenUp(id: string): Promise<void> {
  await story.until(
    () => story.lost.restore({ namespace: 'default', id }),
    (how) => how === 'restored',
    'the reset run has ended and another one is made from the store',
  );
  await story.until(
    () => story.explain(id),
    ({ step }) => step === 'wait',
    'it has taken stock',
  );
}

async function become(id: string, state: 'RUNNING' | 'CANCELLED' | 'SUSPENDED'): Promise<void> {
  await story.patch(id, { state });
  await story.reaches(id, state);
}

/** Suspended and resumed within one run: a reset to its beginning forgets the savepoint and the job that runs. */
async function resumed(): Promise<string> {
  const { id } = await story.create({ state: 'CANCELLED' });
  await become(id, 'RUNNING');
  await story.checkpointed(id);
  await become(id, 'SUSPENDED');
  await become(id, 'RUNNING');
  return id;
}

describe.concurrent('a workflow that a person reset to its past (S1, S2, S3, S10, S21)', () => {
  test('acts on nothing and is made again from the store: the same job runs on, no event is lost', async () => {
    const id = await resumed();
    const job = story.world.liveJob(id).id;
    const events = await story.eventCount(id);
    story.world.declareQuiet(id);
    await resetToItsBeginning(id);
    await takenUp(id);
    story.world.endQuiet(id);
    expect(story.world.liveJob(id).id).toBe(job);
    expect(await story.record(id)).toMatchObject({ fence: 2, status: { state: 'RUNNING' } });
    expect(await story.eventCount(id)).toBe(events);
    await become(id, 'SUSPENDED');
    await become(id, 'RUNNING');
    story.lostNothing(id);
  });

  test('with a job that died meanwhile: recovered from its newest state, not from nothing', async () => {
    const id = await resumed();
    await story.checkpointed(id);
    const dead = story.world.liveJob(id);
    dead.fail('RuntimeException: poison');
    await resetToItsBeginning(id);
    await takenUp(id);
    await story.until(
      () => story.world.liveJobs(id)[0]?.id,
      (live) => live !== undefined && live !== dead.id,
      'another job runs',
    );
    await story.until(
      () => story.explain(id),
      ({ step, status }) => step === 'wait' && status === 'RUNNING',
      'what it restored was read',
    );
    story.lostNothing(id);
  });

  test('in the middle of a step: what it began goes, one job runs in the end', async () => {
    const id = await resumed();
    const begun = new Promise<void>((done) => {
      const off = story.world.onCall('ensure', (entry) => {
        if (entry.deploymentId !== id) return;
        off();
        done();
      });
    });
    await story.patch(id, { template: { spec: { parallelism: 2 } } });
    await begun;
    await resetToItsBeginning(id);
    await takenUp(id);
    await story.until(
      () => story.record(id),
      ({ status }) => status.state === 'RUNNING' && story.world.liveJob(id).parallelism === 2,
      'the upgrade has ended',
    );
    story.lostNothing(id);
  });
});

test('every history of these stories replays, and no promise was broken', () => story.judge());
