import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findOrphans } from '../../activities/orphans.ts';
import { Story } from '../support/story.ts';
import { become, grown, looksOn, runsWith, scale } from '../support/story-moments.ts';

/** Jobs that are long in ending, and JobManagers that come back after it (reliability.md 5). */
let story: Story;
beforeAll(async () => {
  story = await Story.open();
});
afterAll(() => story.close());

const never = new AbortController().signal;

describe.concurrent('a job stays CANCELLING for minutes (R15)', () => {
  const settings = { cancelGraceMs: 600_000, savepointTimeoutMs: 600_000 };

  test('a user cancels, then wants something new: it is not acted on before the end', async () => {
    const id = await grown(story, { cancelHangs: true }, {}, { settings });
    const job = story.world.liveJob(id);
    const cluster = story.world.serving(id);
    await story.patch(id, { state: 'CANCELLED' });
    await story.waitsFor(id, 'which is CANCELLING');
    story.world.declareQuiet(id);
    await story.patch(id, { state: 'RUNNING', ...scale(2) });
    await looksOn(story, id);
    expect([job.state, cluster.jobManager]).toEqual(['CANCELLING', 'running']);
    story.world.endQuiet(id);
    cluster.killTaskManager();
    await runsWith(story, id, 2);
    story.lostNothing(id);
  });

  test('somebody cancels in Flink, and an upgrade comes: no savepoint, no stop, no submit before the end', async () => {
    const id = await grown(story, { cancelHangs: true }, {}, { settings });
    const job = story.world.liveJob(id);
    const cluster = story.world.serving(id);
    job.cancel();
    await story.patch(id, scale(2));
    await story.waitsFor(id, 'the job is CANCELLING');
    story.world.declareQuiet(id);
    await looksOn(story, id);
    expect([job.state, cluster.jobManager]).toEqual(['CANCELLING', 'running']);
    expect(story.world.jobs(id)).toEqual([job]);
    story.world.endQuiet(id);
    cluster.killTaskManager();
    await runsWith(story, id, 2);
    story.lostNothing(id);
  });
});

describe.concurrent('a JobManager after SUSPENDED (R21)', () => {
  test('it dies once the savepoint is written: SUSPENDED, no job, and nothing to come back', async () => {
    const id = await grown(story);
    const off = story.world.happenings.on('savepoint-written', ({ deploymentId, clusterId }) => {
      if (deploymentId === id) story.world.cluster(clusterId).killJobManager();
    });
    await become(story, id, 'SUSPENDED');
    off();
    story.world.declareQuiet(id);
    story.nothingLeft(id);
    story.world.endQuiet(id);
    await become(story, id, 'RUNNING');
    story.lostNothing(id);
  });

  test('somebody starts it again: it holds no job and is left alone; the resume makes its own', async () => {
    const id = await grown(story);
    const { spec } = story.world.serving(id);
    await become(story, id, 'SUSPENDED');
    story.nothingLeft(id);
    const again = story.world.target.ensure(spec, never);
    await expect(again).rejects.toMatchObject({ code: 'FENCED_OUT' });
    const clusterId = `jfeed${id.slice(0, 8)}`;
    await story.world.target.ensure({ ...spec, clusterId }, never);
    const copy = story.world.cluster(clusterId);
    await story.until(
      () => copy.registered.length,
      (count) => count === spec.taskManagers,
      'its copy is up',
    );
    expect(story.world.liveJobs(id)).toEqual([]);
    await become(story, id, 'RUNNING');
    expect(story.world.serving(id).clusterId).not.toBe(clusterId);
    expect([copy.history, copy.jobManager]).toEqual([[], 'running']);
    const deps = { store: story.store, targets: { local: story.world.target } };
    const orphans = await findOrphans(deps, never);
    expect(orphans.clusters.map((orphan) => orphan.clusterId)).toContain(clusterId);
    story.lostNothing(id);
  });
});

test('every history of these stories replays, and no promise was broken', () => story.judge());
