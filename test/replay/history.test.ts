import { WorkflowNotFoundError } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { deploymentWorkflowId } from '../../workflows/messages.ts';
import { replayableRuns } from '../support/replay.ts';
import { Story } from '../support/story.ts';

let story: Story;
beforeAll(async () => {
  story = await Story.open();
});
afterAll(() => story.close());

/** Events per workflow, by what comes after the Deployment's own id; runs of one workflow together. */
async function eventsOf(id: string): Promise<Record<string, number>> {
  const own = deploymentWorkflowId('default', id);
  const events: Record<string, number> = {};
  for (const { workflowId, history } of await replayableRuns(story.client)) {
    if (!workflowId.startsWith(own)) continue;
    const name = workflowId.slice(own.length + 1).split('/')[0] || 'deployment';
    events[name] = (events[name] ?? 0) + (history.events?.length ?? 0);
  }
  return events;
}

test('a start and a STATEFUL upgrade cost little history (L5, temporal.md 16)', async () => {
  const id = await story.running();
  await story.checkpointed(id);
  const before = await eventsOf(id);
  await story.patch(id, { template: { spec: { parallelism: 2 } } });
  await story.reaches(id, 'RUNNING');
  await story.until(
    () => story.world.clustersOf(id).length,
    (count) => count === 1,
    'the old cluster is removed',
  );
  const after = await eventsOf(id);
  console.info(
    `events of a start ${JSON.stringify(before)}, with an upgrade ${JSON.stringify(after)}`,
  );
  expect(before.deployment).toBeLessThan(60);
  expect((after.deployment ?? 0) - (before.deployment ?? 0)).toBeLessThan(140);
  const steps = ['prepare-cluster', 'take-savepoint', 'start-job'];
  for (const step of steps) expect([step, (after[step] ?? 0) < 160]).toEqual([step, true]);
});

test('while nothing happens to a running job its history does not grow (L5)', async () => {
  const id = await story.running();
  const settled = await story.until(
    () => story.explain(id),
    ({ step }) => step === 'wait',
    'it waits',
  );
  expect(settled.status).toBe('RUNNING');
  const before = await eventsOf(id);
  const looks = story.world.trace.calls('jobState', id).length;
  await story.until(
    () => story.world.trace.calls('jobState', id).length,
    (count) => count > looks + 30,
    'the watcher has looked thirty times',
  );
  expect(await eventsOf(id)).toEqual(before);
});

test('each step says on its page what it is for (M35)', async () => {
  const id = await story.running();
  story.world.outcome(id, 'stop', { is: 'never-ends' });
  await story.patch(id, { state: 'SUSPENDED' });
  const { stepWorkflowId = '' } = await story.until(
    () => story.explain(id),
    ({ step, stepWorkflowId: at }) => step === 'take-savepoint' && at !== undefined,
    'the step is named',
  );
  // Named before Temporal has begun it.
  const step = await story.until(
    () => story.client.workflow.getHandle(stepWorkflowId).describe().catch(unlessNotFound),
    (found) => found !== undefined,
    'the step has begun',
  );
  expect(await step?.staticSummary()).toBe('take-savepoint: SUSPENDED is wanted');
  await story.patch(id, { state: 'CANCELLED' });
  await story.reaches(id, 'CANCELLED');
});

function unlessNotFound(error: unknown): undefined {
  if (!(error instanceof WorkflowNotFoundError)) throw error;
}

test('every history replays, and no promise was broken', () => story.judge());
