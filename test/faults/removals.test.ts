import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Story } from '../support/story.ts';
import { grown } from '../support/story-moments.ts';

/** Whatever a Deployment is in, and whatever is broken, it can be got rid of, and nothing of it stays (R24, L3). */
let story: Story;
beforeAll(async () => {
  story = await Story.open({ settings: { cancelGraceMs: 200 } });
});
afterAll(() => story.close());

/** How it came to be what it is when it is to go. */
const states: [what: string, make: () => Promise<string>][] = [
  ['RUNNING', () => grown(story)],
  [
    'FAILED with a job that runs',
    async () => {
      const id = await grown(story, {}, { maxSavepointCreationAttempts: 1 });
      story.world.outcome(id, 'stop', { is: 'fails' });
      await story.patch(id, { state: 'SUSPENDED' });
      await story.reaches(id, 'FAILED');
      return id;
    },
  ],
  [
    'in the middle of a suspend that does not end',
    async () => {
      const id = await grown(story);
      story.world.outcome(id, 'stop', { is: 'never-ends' });
      const { promise: asked, resolve } = Promise.withResolvers<void>();
      const off = story.world.onAnswer('stopWithSavepoint', (entry) => {
        if (entry.deploymentId !== id) return;
        off();
        resolve();
      });
      await story.patch(id, { state: 'SUSPENDED' });
      await asked;
      return id;
    },
  ],
];

const troubles: [what: string, cause: (id: string) => void][] = [
  ['its JobManager is gone', (id) => story.world.serving(id).killJobManager()],
  [
    'its REST interface hangs',
    (id) => story.world.rest(story.world.serving(id).clusterId, 'silent'),
  ],
  [
    'its REST interface talks nonsense',
    (id) => story.world.rest(story.world.serving(id).clusterId, 'garbage'),
  ],
  ['its TaskManagers are gone', (id) => story.world.serving(id).killTaskManager()],
];

const plans = states.flatMap(([what, make]) =>
  troubles.map(([trouble, cause]) => ({ what, make, trouble, cause })),
);

const removed = (id: string) =>
  story
    .commandsOf(id)
    .remove({ namespace: 'default', id }, { requestId: randomUUID() })
    .then(
      () => 'removed',
      (error: { code: string }) => error.code,
    );

describe.concurrent('to be removed', () => {
  test.for(plans)('$what, and $trouble', async ({ make, cause }) => {
    const id = await make();
    cause(id);
    await story.patch(id, { state: 'CANCELLED' });
    await story.until(
      () => removed(id),
      (told) => told === 'removed' || told === 'DEPLOYMENT_NOT_FOUND',
      'it can be deleted',
    );
    story.nothingLeft(id);
    expect(await story.store.deployments.get(id)).toBeUndefined();
  });
});

test('every history of these stories replays, and no promise was broken', () => story.judge());
