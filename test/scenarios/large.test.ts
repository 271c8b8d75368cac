import { afterAll, beforeAll, expect, test } from 'vitest';
import { Story } from '../support/story.ts';
import { start, statefulUpgrade } from '../support/story-events.ts';

let story: Story;
beforeAll(async () => {
  story = await Story.open();
});
afterAll(() => story.close());

const scale = (parallelism: number) => ({ template: { spec: { parallelism } } });

/** Close to what a document may have: the rest of it takes less than a kilobyte. */
const filler = 'x'.repeat(127 * 1024);

const key = 'pipeline.global-job-parameters';
const fillerOf = (configuration: unknown): number => {
  const [, value] = Object.entries(configuration ?? {}).find(([name]) => name === key) ?? [];
  return String(value).length;
};

test('a Deployment of full size is upgraded twice in a row, recovers and ends (0007)', async () => {
  const flinkConfiguration = { [key]: filler };
  const id = await story.running({ template: { flinkConfiguration } });
  for (const parallelism of [2, 3]) {
    await story.patch(id, scale(parallelism));
    await story.reaches(id, 'RUNNING');
  }
  expect(await story.eventNames(id)).toEqual([...start, ...statefulUpgrade, ...statefulUpgrade]);
  const dead = (await story.record(id)).status.running?.jobId;
  story.world.serving(id).killAll();
  await story.until(
    () => story.record(id),
    ({ status }) => status.state === 'RUNNING' && status.running?.jobId !== dead,
    'another job runs',
  );
  const jobs = await story.store.jobs.list('default', { deploymentId: id });
  expect(jobs).toHaveLength(4);
  // Each row keeps the whole of what it was made with (S12), whatever later writes left out.
  for (const { spec } of jobs)
    expect([spec.flinkConfiguration, spec.userFlinkConfiguration].map(fillerOf)).toEqual([
      filler.length,
      filler.length,
    ]);
  await story.patch(id, { state: 'CANCELLED' });
  await story.reaches(id, 'CANCELLED');
  story.lostNothing(id);
  // Its histories are too large for the test's client to fetch in one page; `workflow-replayed` replays every task of them.
  expect(story.world.violations.all.map(String)).toEqual([]);
});
