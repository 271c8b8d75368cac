import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { otherHost } from '../fakes/other-host.ts';
import { Story } from '../support/story.ts';

let story: Story;
beforeAll(async () => {
  story = await Story.open();
});
afterAll(() => story.close());

async function grown(): Promise<string> {
  const id = await story.running();
  await story.checkpointed(id);
  return id;
}

/** From now on only a worker with another data directory works: another host's, or this one's after the loss of its disk. */
async function moveToAnotherHost(): Promise<void> {
  await story.stopWorker();
  await story.startWorker(otherHost(story.world.target));
}

async function moveBack(): Promise<void> {
  await story.stopWorker();
  await story.startWorker();
}

const heldElsewhere = 'is held by the installation this-installation at this-host:/data';

/** It is said where people look: in the events, and in the explanation. */
async function isTold(id: string): Promise<void> {
  await story.until(
    () => story.messages(id),
    (lines) => lines.filter((line) => line.includes(heldElsewhere)).length === 1,
    'an event says who holds the cluster',
  );
  await story.until(
    () => story.waits(id),
    (waits) => waits.some(({ lastError }) => lastError?.includes(heldElsewhere)),
    'the explanation says what it waits for',
  );
}

describe('a worker with another data directory (S1, S25)', () => {
  afterEach(moveBack);

  test('does not take the running job for gone: unknown, until a worker of its host is back', async () => {
    const id = await grown();
    const job = story.world.liveJob(id).id;
    story.world.declareQuiet(id);
    await moveToAnotherHost();
    await isTold(id);
    const unreachable = await story.until(
      async () => {
        const { running } = (await story.record(id)).status;
        const seen = await story.store.observations.get(running?.jobId ?? '');
        return seen?.conditions.find(({ type }) => type === 'ClusterUnreachable');
      },
      (condition) => condition?.status === 'True',
      'the condition says that nobody sees the job',
    );
    expect(unreachable?.message).toContain(heldElsewhere);
    await moveBack();
    story.world.endQuiet(id);
    expect(story.world.liveJob(id).id).toBe(job);
    await story.patch(id, { template: { spec: { parallelism: 2 } } });
    await story.reaches(id, 'RUNNING');
    story.lostNothing(id);
  });

  test.for(['SUSPENDED', 'CANCELLED'] as const)(
    '%s is wanted: nothing is done to the job from there, and all of it once its host is back',
    async (state) => {
      const id = await grown();
      story.world.declareQuiet(id);
      await moveToAnotherHost();
      await story.patch(id, { state });
      await isTold(id);
      expect((await story.record(id)).status.state).toBe('TRANSITIONING');
      await moveBack();
      story.world.endQuiet(id);
      await story.reaches(id, state);
      story.nothingLeft(id);
      await story.patch(id, { state: 'RUNNING' });
      await story.reaches(id, 'RUNNING');
      story.lostNothing(id);
    },
  );

  test('starts what is new there, and a host that is gone for good is given up by force, its leftover named', async () => {
    const id = await grown();
    const left = story.world.serving(id);
    await moveToAnotherHost();
    left.killAll();
    await story.signal(id, 'forceCancel');
    await story.reaches(id, 'CANCELLED');
    const [named] = (await story.messages(id)).filter((line) => line.includes('Left behind'));
    expect(named).toContain(left.clusterId);
    expect(named).toContain(heldElsewhere);
    await story.patch(id, { state: 'RUNNING' });
    await story.reaches(id, 'RUNNING');
    expect(story.world.lostState(id)).toBe(0);
    await story.patch(id, { state: 'CANCELLED' });
    await story.reaches(id, 'CANCELLED');
  });
});

test('every history of these stories replays, and no promise was broken', () => story.judge());
