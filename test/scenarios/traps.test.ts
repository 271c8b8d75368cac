import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { deploymentWorkflowId } from '../../workflows/messages.ts';
import { inWaves } from '../support/in-waves.ts';
import { Story } from '../support/story.ts';
import { storyDocumentSettings } from '../support/story-settings.ts';

/** Continue-as-new comes early here, so that it comes often (temporal.md 6). */
let story: Story;
beforeAll(async () => {
  story = await Story.open({ limits: ['limit.historyCount.suggestContinueAsNew=50'] });
});
afterAll(() => story.close());

const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

/** Two or more at once on a run that has only just begun wedged it for ever (temporal.md trap 1). */
const label = (id: string, n: number) => story.patch(id, {}, { labels: { [`l${n}`]: 'x' } });

async function runsOf(id: string): Promise<number> {
  const query = `WorkflowId = '${deploymentWorkflowId('default', id)}'`;
  let runs = 0;
  for await (const _ of story.client.workflow.list({ query })) runs += 1;
  return runs;
}

test('pairs of updates on young runs are all answered (trap 1)', async () => {
  await inWaves(
    numbers(10),
    async () => {
      const { id } = await story.create({ state: 'CANCELLED' });
      await Promise.all([label(id, 0), label(id, 1)]);
      expect((await story.record(id)).labels).toEqual({ l0: 'x', l1: 'x' });
    },
    5,
  );
});

test('twenty updates at once on a fresh Deployment are all answered and all kept', async () => {
  const { id } = await story.create({ state: 'CANCELLED' });
  await Promise.all(numbers(20).map((n) => label(id, n)));
  expect(Object.keys((await story.record(id)).labels ?? {})).toHaveLength(20);
});

test('60 updates and 60 signals across continue-as-new: none lost, none twice (F59, F60)', async () => {
  const { id } = await story.create({ state: 'CANCELLED' });
  await inWaves(numbers(60), (n) => Promise.all([label(id, n), story.signal(id, `unknown-${n}`)]));
  const told = await story.until(
    () => story.messages(id),
    (lines) => lines.filter((line) => line.includes('Signal unknown-')).length >= 60,
    'every signal has its event',
  );
  const ignored = told.filter((line) => line.includes('Signal unknown-'));
  expect(new Set(ignored).size).toBe(60);
  expect(ignored).toHaveLength(60);
  const record = await story.record(id);
  expect(Object.keys(record.labels ?? {})).toHaveLength(60);
  expect(record.resourceVersion).toBe(61);
  await story.until(
    () => runsOf(id),
    (count) => count > 1,
    'it has continued as new',
  );
});

test('a request sent again meets itself, also in a later run (S16, trap 7)', async () => {
  const { id } = await story.create({ state: 'CANCELLED' });
  const request = {
    requestId: randomUUID(),
    verb: 'patch' as const,
    body: { metadata: { labels: { once: 'x' } } },
    documentSettings: storyDocumentSettings,
  };
  const at = { namespace: 'default', id };
  const first = await story.commands.change(at, request);
  const runs = await runsOf(id);
  await inWaves(numbers(30), (n) => label(id, n));
  await story.until(
    () => runsOf(id),
    (count) => count > runs,
    'it has continued as new',
  );
  const { resourceVersion } = await story.record(id);
  const again = await story.commands.change(at, request);
  expect(again.changed).toBe(first.changed);
  expect((await story.record(id)).resourceVersion).toBe(resourceVersion);
});

test('every upgrade ends its run; the next one knows all (F59)', async () => {
  const id = await story.running();
  for (const parallelism of [2, 3]) {
    await story.patch(id, { template: { spec: { parallelism } } });
    await story.reaches(id, 'RUNNING');
  }
  expect(story.world.jobs(id).map((job) => job.parallelism)).toEqual([1, 2, 3]);
  story.lostNothing(id);
  await story.until(
    () => runsOf(id),
    (runs) => runs > 1,
    'an upgrade has ended its run',
  );
});

test('a worker that goes and comes in attempt 1 of 2 burns none (S6, trap 3)', async () => {
  const { id } = await story.create({ state: 'CANCELLED', maxJobCreationAttempts: 2 });
  const held = holdFirst(id);
  await story.patch(id, { state: 'RUNNING' });
  await held.reached;
  const stopped = story.stopWorker();
  held.release();
  await stopped;
  expect((await story.record(id)).status.state).toBe('TRANSITIONING');
  await story.startWorker();
  await story.reaches(id, 'RUNNING');
  const jobs = await story.store.jobs.list('default', { deploymentId: id });
  expect(jobs.map(({ attempt, state }) => [attempt, state])).toEqual([[1, 'STARTED']]);
});

/** Holds the first `run` back until it is released. */
function holdFirst(id: string): { reached: Promise<void>; release(): void } {
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const { promise: reached, resolve: reach } = Promise.withResolvers<void>();
  const off = story.world.onCall('run', async (entry) => {
    if (entry.deploymentId !== id) return;
    off();
    reach();
    await released;
  });
  return { reached, release };
}

test('a change that waits for a worker is applied when one comes (F55)', async () => {
  const { id } = await story.create({ state: 'CANCELLED' });
  await story.stopWorker();
  await story.signal(id, 'setState', 'RUNNING');
  await story.startWorker();
  await story.reaches(id, 'RUNNING');
});

test('every history of these stories replays, and no promise was broken', () => story.judge());
