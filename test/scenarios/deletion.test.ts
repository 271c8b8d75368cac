import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lose } from '../support/losing.ts';
import { jarOf, Story } from '../support/story.ts';

let story: Story;
beforeAll(async () => {
  story = await Story.open();
});
afterAll(() => story.close());

const at = (id: string) => ({ namespace: 'default', id });

const remove = (id: string) => story.commandsOf(id).remove(at(id), { requestId: randomUUID() });

const refused = (id: string) =>
  expect(remove(id)).rejects.toMatchObject({ code: 'NOT_POSSIBLE_NOW' });

/** As clients do: again, while the answer is 409 or 503. */
const removeInTheEnd = (id: string) =>
  story.until(
    () =>
      remove(id).then(
        () => 'removed',
        (error: { code: string }) => error.code,
      ),
    (told) => told === 'removed' || told === 'DEPLOYMENT_NOT_FOUND',
    'it can be deleted',
  );

async function suspended(): Promise<string> {
  const id = await story.running();
  await story.patch(id, { state: 'SUSPENDED' });
  await story.reaches(id, 'SUSPENDED');
  return id;
}

/** Nothing of it is in the store any more; the run of its workflow has ended. */
async function isGone(id: string): Promise<void> {
  const { store } = story;
  expect(await store.deployments.get(id)).toBeUndefined();
  expect(await store.jobs.list('default', { deploymentId: id })).toEqual([]);
  expect(await store.savepoints.list('default', { deploymentId: id })).toEqual([]);
  expect(await store.events.list('default', { deploymentId: id })).toEqual([]);
  await story.until(
    () => story.workflow(id).describe(),
    ({ status }) => status.name === 'COMPLETED',
    'its workflow has ended',
  );
}

describe.concurrent('deleting a Deployment (api.md 3.9, L3)', () => {
  test.for(['CANCELLED', 'SUSPENDED'] as const)('that never ran, %s: at once', async (state) => {
    const { id } = await story.create({ state });
    expect((await remove(id)).id).toBe(id);
    await isGone(id);
  });

  test('that ran and is CANCELLED: its rows go, the answer is what it was', async () => {
    const id = await story.running();
    await story.patch(id, { state: 'CANCELLED' });
    const last = await story.reaches(id, 'CANCELLED');
    story.world.declareQuiet(id);
    expect(await remove(id)).toMatchObject({ id, name: last.name, status: { state: 'CANCELLED' } });
    await isGone(id);
    story.nothingLeft(id);
  });

  test('that is SUSPENDED: the data of its savepoint stays, and whoever knows the path can start from it', async () => {
    const id = await suspended();
    const [savepoint] = await story.store.savepoints.list('default', { deploymentId: id });
    const location = savepoint?.location ?? '';
    story.world.storage.pin(location, id, 'a deleted Deployment leaves its savepoints');
    await remove(id);
    await isGone(id);
    expect(story.world.storage.read(location)).toMatchObject({ deploymentId: id });
    const next = await story.create({ state: 'CANCELLED' });
    story.world.invariants.registerPath(next.id, location);
    const request = { requestId: randomUUID(), location };
    await story.commands.registerSavepoint(at(next.id), request);
    await story.patch(next.id, { state: 'RUNNING' });
    await story.reaches(next.id, 'RUNNING');
    const [job] = await story.store.jobs.list('default', { deploymentId: next.id });
    expect(job?.spec.savepointLocation).toBe(location);
  });

  test('FAILED with nothing left: once it is no longer wanted', async () => {
    const { id } = await story.create({ state: 'CANCELLED', maxJobCreationAttempts: 1 });
    story.program(id, { mainThrows: 'no' });
    await story.patch(id, { state: 'RUNNING' });
    await story.reaches(id, 'FAILED');
    await refused(id);
    await story.patch(id, { state: 'CANCELLED' });
    expect(await removeInTheEnd(id)).toBe('removed');
    await isGone(id);
  });

  test('FINISHED: only once it is not to run any more', async () => {
    const { id } = await story.create({ state: 'CANCELLED' });
    story.program(id, { finishesAfterMs: 30 });
    await story.patch(id, { state: 'RUNNING' });
    await story.reaches(id, 'FINISHED');
    await refused(id);
    await story.patch(id, { state: 'CANCELLED' });
    expect(await removeInTheEnd(id)).toBe('removed');
  });

  test('while RUNNING: refused, nothing touched (F42)', async () => {
    const id = await story.running();
    const job = story.world.liveJob(id).id;
    const before = await story.record(id);
    story.world.declareQuiet(id);
    await expect(remove(id)).rejects.toThrow(/set spec.state to CANCELLED, wait/);
    expect(await story.record(id)).toEqual(before);
    expect(story.world.liveJob(id).id).toBe(job);
    story.world.endQuiet(id);
  });

  test('FAILED with a job that still runs: refused, the job untouched (M15)', async () => {
    const id = await story.running({ maxSavepointCreationAttempts: 1 });
    story.world.outcome(id, 'stop', { is: 'fails' });
    await story.patch(id, { state: 'SUSPENDED' });
    await story.reaches(id, 'FAILED');
    const job = story.world.liveJob(id).id;
    await refused(id);
    expect(story.world.liveJob(id).id).toBe(job);
  });

  test.for([
    ['a start', 'CANCELLED', 'RUNNING', 'run'],
    ['a suspend', 'RUNNING', 'SUSPENDED', 'stopWithSavepoint'],
    ['a cancel', 'RUNNING', 'CANCELLED', 'destroy'],
  ] as const)('while %s is under way: refused, and it goes on', async ([, from, to, kind]) => {
    const { id } = await story.create({ state: from });
    await story.reaches(id, from);
    let told: unknown;
    const { promise: asked, resolve } = Promise.withResolvers<void>();
    const off = story.world.onCall(kind, async (entry) => {
      if (entry.deploymentId !== id) return;
      off();
      told = await remove(id).catch((error: unknown) => error);
      resolve();
    });
    await story.patch(id, { state: to });
    await asked;
    expect(told).toMatchObject({ code: 'NOT_POSSIBLE_NOW' });
    await story.reaches(id, to);
    if (to === 'RUNNING') expect(story.world.liveJobs(id)).toHaveLength(1);
    else expect(await removeInTheEnd(id)).toBe('removed');
  });

  test('right after the cancel, again and again as clients do: deleted once nothing is left', async () => {
    const id = await story.running();
    await story.patch(id, { state: 'CANCELLED' });
    expect(await removeInTheEnd(id)).toBe('removed');
    story.nothingLeft(id);
    story.world.declareQuiet(id);
    await isGone(id);
  });

  test('twice: the second one finds nothing; twice at once: one of them may find nothing', async () => {
    const { id } = await story.create({ state: 'CANCELLED' });
    const told = await Promise.allSettled([remove(id), remove(id)]);
    expect(told.some(({ status }) => status === 'fulfilled')).toBe(true);
    expect(await removeInTheEnd(id)).toBe('DEPLOYMENT_NOT_FOUND');
    await isGone(id);
  });

  test('its name is free at once: the next one has an id and a story of its own (F43, R37)', async () => {
    const name = `again-${randomUUID()}`;
    const seen = new Set<string>();
    for (let n = 0; n < 8; n += 1) {
      const { id } = await story.create({}, { metadata: { name } });
      expect((await story.reaches(id, 'RUNNING')).name).toBe(name);
      expect((await story.eventNames(id))[0]).toBe('STATE_TRANSITION_IS_NEEDED');
      for (const job of story.world.jobs(id)) expect(seen.has(job.id)).toBe(false);
      for (const job of story.world.jobs(id)) seen.add(job.id);
      await story.patch(id, { state: 'CANCELLED' });
      await removeInTheEnd(id);
    }
    expect(seen.size).toBe(8);
  });

  test('a change that comes after it finds nothing, and brings nothing back (S5)', async () => {
    const { id } = await story.create({ state: 'CANCELLED' });
    await remove(id);
    story.world.declareQuiet(id);
    await expect(story.patch(id, { state: 'RUNNING' })).rejects.toMatchObject({
      code: expect.stringMatching(/DEPLOYMENT_NOT_FOUND|NOT_POSSIBLE_NOW/),
    });
    await isGone(id);
  });

  test('another Deployment of the same jar is not touched by it', async () => {
    const id = await suspended();
    const artifact = { kind: 'JAR', jarUri: jarOf(id) };
    const other = await story.running({ template: { artifact } });
    await remove(id);
    expect(story.world.liveJobs(other)).toHaveLength(1);
    await story.patch(other, { template: { spec: { parallelism: 2 } } });
    await story.reaches(other, 'RUNNING');
    expect(story.world.liveJob(other).parallelism).toBe(2);
  });

  test('whose workflow was lost: taken up, looked at, then deleted (F65)', async () => {
    const id = await suspended();
    await lose(story, id);
    expect(await removeInTheEnd(id)).toBe('removed');
    await isGone(id);
  });
});

test('every history of these stories replays, and no promise was broken', () => story.judge());
