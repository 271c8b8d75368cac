import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Story } from '../support/story.ts';

let story: Story;
beforeAll(async () => {
  story = await Story.open({ settings: { startTimeoutMs: 300 } });
});
afterAll(() => story.close());

describe.concurrent('the job comes up at the very instant at which its last attempt ends (F11)', () => {
  test.for([220, 260, 280, 290, 300, 310, 340, 380])(
    'main() takes %i of 300 ms: one outcome, and no cluster is both kept and removed',
    async (mainTakesMs) => {
      const { id } = await story.create({ state: 'CANCELLED', maxJobCreationAttempts: 2 });
      story.program(id, { mainTakesMs });
      await story.patch(id, { state: 'RUNNING' });
      const { status } = await story.until(
        () => story.record(id),
        (record) => ['RUNNING', 'FAILED'].includes(record.status.state),
        'it is decided',
      );
      if (status.state === 'RUNNING') expect(story.world.liveJobs(id)).toHaveLength(1);
      else story.nothingLeft(id);
      const jobs = await story.store.jobs.list('default', { deploymentId: id });
      const states = jobs.map((job) => job.state).sort();
      expect(states.filter((state) => state === 'STARTED')).toHaveLength(
        status.state === 'RUNNING' ? 1 : 0,
      );
    },
  );
});

test('every history of these stories replays, and no promise was broken', () => story.judge());
