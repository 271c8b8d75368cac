import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SavepointRecord } from '../../src/core/records.ts';
import { loseAt, takeUp } from '../support/losing.ts';
import { Story } from '../support/story.ts';

let story: Story;
beforeAll(async () => {
  story = await Story.open();
});
afterAll(() => story.close());

async function grown(program: Parameters<Story['program']>[1] = {}): Promise<string> {
  const settings = { cancelGraceMs: 500 };
  const { id } = await story.create({ state: 'CANCELLED' }, { settings });
  story.program(id, program);
  await story.patch(id, { state: 'RUNNING' });
  await story.reaches(id, 'RUNNING');
  await story.checkpointed(id);
  return id;
}

const savepoints = (id: string) => story.store.savepoints.list('default', { deploymentId: id });

const statesOf = async (id: string): Promise<SavepointRecord['state'][]> =>
  (await savepoints(id))
    .filter(({ origin }) => origin !== 'RETAINED_CHECKPOINT')
    .map(({ state }) => state)
    .sort();

const untilStates = (id: string, ...states: SavepointRecord['state'][]) =>
  story.until(
    () => statesOf(id),
    (seen) => JSON.stringify(seen) === JSON.stringify(states),
    `the savepoints are ${states.join(', ')}`,
  );

/** How often Flink was asked what became of a savepoint. */
const asked = (id: string) => story.world.trace.count('savepointOperation', id);

describe.concurrent('a savepoint whose workflow was lost gets its one final record (R18, F65)', () => {
  test('lost before Flink was asked for it: FAILED, and the suspend takes another', async () => {
    const id = await grown();
    story.world.expectSavepointBeforeStop(id);
    const lost = loseAt(story, id, 'job');
    await story.patch(id, { state: 'SUSPENDED' });
    await lost;
    expect(await statesOf(id)).toEqual(['STARTED']);
    await takeUp(story, id);
    await story.reaches(id, 'SUSPENDED');
    expect(await statesOf(id)).toEqual(['COMPLETED', 'FAILED']);
    const failed = (await savepoints(id)).find(({ state }) => state === 'FAILED');
    expect(failed?.failure?.message).toContain('not asked for it');
    expect((await story.messages(id)).join('\n')).toContain(`${failed?.id}, left by the workflow`);
    await story.patch(id, { state: 'RUNNING' });
    await story.reaches(id, 'RUNNING');
    story.lostNothing(id);
  });

  test('lost before Flink was asked for it, and not wanted any more: FAILED, the job runs on', async () => {
    const id = await grown();
    const job = story.world.liveJob(id).id;
    const lost = loseAt(story, id, 'job');
    await story.patch(id, { state: 'SUSPENDED' });
    await lost;
    await story.patch(id, { state: 'RUNNING' });
    await story.reaches(id, 'RUNNING');
    await untilStates(id, 'FAILED');
    expect(story.world.liveJob(id).id).toBe(job);
    expect(story.world.trace.count('stopWithSavepoint', id)).toBe(0);
  });

  test('lost while the cluster is silent: it stays open till Flink answers, unknown is not absent (S25)', async () => {
    const id = await grown();
    const { clusterId } = story.world.serving(id);
    const lost = loseAt(story, id, 'job');
    await story.patch(id, { state: 'SUSPENDED' });
    await lost;
    story.world.rest(clusterId, 'refuses');
    const before = asked(id);
    await story.patch(id, { state: 'RUNNING' });
    await story.until(
      () => asked(id),
      (count) => count > before,
      'it asks what became of the savepoint',
    );
    await story.reaches(id, 'RUNNING');
    expect(await statesOf(id)).toEqual(['STARTED']);
    story.world.rest(clusterId, 'answers');
    await untilStates(id, 'FAILED');
  });

  test('Flink is at it, and it fails: FAILED when Flink says so, the job runs on', async () => {
    const id = await grown({ slowCheckpointMs: 400 });
    const job = story.world.liveJob(id).id;
    story.world.outcome(id, 'stop', { is: 'fails' });
    const lost = loseAt(story, id, 'stopWithSavepoint', 'answer');
    await story.patch(id, { state: 'SUSPENDED' });
    await lost;
    await story.patch(id, { state: 'RUNNING' });
    await untilStates(id, 'FAILED');
    await story.reaches(id, 'RUNNING');
    expect(story.world.liveJob(id).id).toBe(job);
    expect((await story.record(id)).status.state).toBe('RUNNING');
  });

  test('Flink completes it though nobody wants it any more: COMPLETED, and the job starts from it', async () => {
    const id = await grown({ slowCheckpointMs: 200 });
    const lost = loseAt(story, id, 'stopWithSavepoint', 'answer');
    await story.patch(id, { state: 'SUSPENDED' });
    await lost;
    await story.patch(id, { state: 'RUNNING' });
    await untilStates(id, 'COMPLETED');
    await story.until(
      () => story.record(id),
      ({ status }) => status.state === 'RUNNING' && story.world.jobs(id).length === 2,
      'it runs again',
    );
    const [savepoint] = await savepoints(id);
    const jobs = await story.store.jobs.list('default', { deploymentId: id });
    expect(jobs.at(-1)?.spec.savepointLocation).toBe(savepoint?.location);
    story.lostNothing(id);
  });

  test('its cluster goes for good: what its directory holds decides', async () => {
    const id = await grown();
    const lost = loseAt(story, id, 'job');
    await story.patch(id, { state: 'SUSPENDED' });
    await lost;
    story.world.rest(story.world.serving(id).clusterId, 'refuses');
    await story.patch(id, { state: 'CANCELLED' });
    await story.reaches(id, 'CANCELLED');
    await untilStates(id, 'FAILED');
    story.nothingLeft(id);
  });

  test('one that a user asked for is taken by the next incarnation', async () => {
    const id = await grown({ slowCheckpointMs: 100 });
    const lost = loseAt(story, id, 'triggerSavepoint', 'answer');
    const { id: savepointId } = await story.savepoint(id);
    await lost;
    await takeUp(story, id);
    await untilStates(id, 'COMPLETED');
    expect((await savepoints(id)).map((one) => one.id)).toEqual([savepointId]);
    expect(
      story.world.trace.writes(id).filter(({ kind }) => kind === 'triggerSavepoint'),
    ).toHaveLength(1);
  });

  test('lost again and again in one suspend: no row stays open', async () => {
    const id = await grown();
    const lost = loseAt(story, id, 'job');
    await story.patch(id, { state: 'SUSPENDED' });
    await lost;
    for (let n = 0; n < 3; n += 1) {
      const again = loseAt(story, id, 'job');
      await takeUp(story, id);
      await again;
    }
    await takeUp(story, id);
    await story.reaches(id, 'SUSPENDED');
    expect(await statesOf(id)).toEqual(['COMPLETED', 'FAILED', 'FAILED', 'FAILED', 'FAILED']);
  });
});

test('every history of these stories replays, and no promise was broken', () => story.judge());
