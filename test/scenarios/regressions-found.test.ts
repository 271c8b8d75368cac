import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FakeJob } from '../fakes/job.ts';
import { Story } from '../support/story.ts';
import { become, grown, runsWith, saved } from '../support/story-moments.ts';

/** What a dead cluster left is judged neither too loosely nor too strictly, and stays where it is (reliability.md 5). */
let story: Story;
beforeAll(async () => {
  story = await Story.open();
});
afterAll(() => story.close());

const starts = (id: string) => story.world.lineage.starts(id);

/** Where the job's checkpoints are, complete or not. */
const directoryOf = (job: FakeJob) => `${job.configuration.checkpointDirectory}/${job.id}`;

/** All its processes end at once. @returns its job. */
function killed(id: string): FakeJob {
  const job = story.world.liveJob(id);
  story.world.serving(id).killAll();
  return job;
}

async function checkpointIsKnown(id: string): Promise<void> {
  const jobId = (await story.record(id)).status.running?.jobId ?? '';
  await story.until(
    () => story.store.observations.get(jobId),
    (seen) => seen?.checkpoint?.isSavepoint === false,
    'the watcher has seen a checkpoint',
  );
}

describe.concurrent('JobManager and TaskManagers die, and this is found of its checkpoints (R06)', () => {
  test('a complete one, and a newer one that was never completed: the complete one', async () => {
    const id = await grown(story);
    const job = killed(id);
    const newest = job.checkpoints.view().newest?.path;
    story.world.storage.begin(`${directoryOf(job)}/chk-99`);
    await runsWith(story, id, 1, job);
    expect(starts(id).map(({ path }) => path)).toEqual([undefined, newest]);
    story.lostNothing(id);
  });

  test('one that was never completed, and no other: an older savepoint, where there is one', async () => {
    const id = await grown(story, { checkpointing: false });
    const savepoint = await saved(story, id);
    const job = killed(id);
    story.world.storage.begin(`${directoryOf(job)}/chk-2`);
    await runsWith(story, id, 1, job);
    expect(starts(id).map(({ path }) => path)).toEqual([undefined, savepoint]);
    story.lostNothing(id);
  });

  test('one that was never completed, and nothing was ever captured: from nothing, once', async () => {
    const id = await grown(story, { checkpointing: false });
    const job = killed(id);
    story.world.storage.begin(`${directoryOf(job)}/chk-1`);
    await runsWith(story, id, 1, job);
    expect(starts(id).map(({ path }) => path)).toEqual([undefined, undefined]);
  });

  const aboveOf = (job: FakeJob) => dirname(directoryOf(job));
  const nowhere: [string, string, number, (job: FakeJob) => string][] = [
    ['none, though there was one', 'RESTORE_POINT_GONE', 2, directoryOf],
    ['nothing, not even the place', 'RESTORE_POINT_UNCERTAIN', 1, aboveOf],
  ];
  test.for(nowhere)(
    '%s: %s and no loop, never the older savepoint, never an empty run',
    async ([, reason, jobs, place]) => {
      const id = await grown(story);
      await saved(story, id);
      await checkpointIsKnown(id);
      const job = killed(id);
      story.world.storage.lose(place(job));
      const { status } = await story.reaches(id, 'FAILED');
      expect(status.failure?.reason).toBe(reason);
      story.world.declareQuiet(id);
      expect(starts(id)).toHaveLength(1);
      expect(await story.store.jobs.list('default', { deploymentId: id })).toHaveLength(jobs);
    },
  );
});

describe.concurrent('the JobManager of a start dies (R03)', () => {
  test.for(['ensure', 'uploadJar', 'run'] as const)(
    'after %s: the next attempt restores the same files, which nobody has touched',
    async (kind) => {
      const id = await grown(story);
      await become(story, id, 'CANCELLED');
      const [kept] = await story.store.savepoints.list('default', { deploymentId: id });
      const location = kept?.location ?? '';
      const off = story.world.onAnswer(kind, ({ deploymentId, clusterId }) => {
        if (deploymentId !== id || !clusterId) return;
        off();
        story.world.cluster(clusterId).killJobManager();
      });
      await become(story, id, 'RUNNING');
      const jobs = await story.store.jobs.list('default', { deploymentId: id });
      expect(jobs.map(({ state }) => state)).toEqual(['TERMINATED', 'FAILED', 'STARTED']);
      const [, ...restored] = starts(id).map(({ path }) => path);
      expect([...new Set(restored)]).toEqual([location]);
      expect(story.world.storage.read(location)).toBeDefined();
      expect(story.world.trace.count('disposeSavepoint', id)).toBe(0);
      story.lostNothing(id);
    },
  );
});

test('every history of these stories replays, and no promise was broken', () => story.judge());
