import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Story } from '../support/story.ts';
import { become, grown, runsWith, scale } from '../support/story-moments.ts';

/** Upgrades of which a part of the old one came back (reliability.md 5). */
let story: Story;
/** Its target is told to make bad clusters, which all its Deployments notice: one test at a time. */
let alone: Story;
beforeAll(async () => {
  [story, alone] = await Promise.all([Story.open(), Story.open()]);
});
afterAll(() => Promise.all([story.close(), alone.close()]));

const key = 'taskmanager.memory.network.fraction';
const wider = { template: { spec: { parallelism: 2, flinkConfiguration: { [key]: '0.2' } } } };
const narrow = { template: { flinkConfiguration: { [key]: '0.1' } } };

/** What Flink says that it runs is what the stored spec says (S30). */
async function runsItsSpec(from: Story, id: string): Promise<void> {
  const { clusterId, restUrl } = from.world.serving(id);
  const flink = from.world.flink.at(restUrl, clusterId);
  const never = new AbortController().signal;
  const job = await flink.jobConfiguration(from.world.liveJob(id).id, never);
  const configuration = await flink.configuration(never);
  const seen = { parallelism: job?.parallelism, flinkConfiguration: { [key]: configuration[key] } };
  expect((await from.record(id)).spec).toMatchObject({ template: { spec: seen } });
}

describe.concurrent('parallelism and a key of the configuration change (R14)', () => {
  const ways: [string, (id: string) => Promise<unknown>][] = [
    ['an upgrade', (id) => story.patch(id, wider)],
    [
      'a suspend and a resume',
      async (id) => {
        await become(story, id, 'SUSPENDED');
        await story.patch(id, { state: 'RUNNING', ...wider });
      },
    ],
    [
      'a recovery',
      async (id) => {
        story.world.serving(id).killJobManager();
        await story.patch(id, wider);
      },
    ],
  ];
  test.for(ways)('%s: what runs equals the spec, also after a recovery', async ([, act]) => {
    const id = await grown(story, {}, narrow);
    await runsItsSpec(story, id);
    await act(id);
    await runsWith(story, id, 2);
    await runsItsSpec(story, id);
    expect(story.world.serving(id).configuration[key]).toBe('0.2');
    const job = story.world.liveJob(id);
    story.world.serving(id).killJobManager();
    await runsWith(story, id, 2, job);
    await runsItsSpec(story, id);
    story.lostNothing(id);
  });
});

test('a cluster that keeps the old value is never given the job: FAILED says so, the old job runs on (R14)', async () => {
  const id = await grown(alone, {}, { ...narrow, maxJobCreationAttempts: 1 });
  const job = alone.world.liveJob(id);
  alone.world.target.troubleNext({ ignoredKeys: [key] });
  await alone.patch(id, wider);
  const { status } = await alone.reaches(id, 'FAILED');
  expect(status.failure?.reason).toBe('CONFIGURATION_NOT_EFFECTIVE');
  expect(status.failure?.message).toContain(key);
  expect(alone.world.liveJob(id)).toBe(job);
  expect(alone.world.trace.count('stopWithSavepoint', id)).toBe(0);
});

/** The next standby comes no further than its upload until it is let go. */
async function slowStandby(id: string): Promise<() => void> {
  const { promise: came, resolve: comes } = Promise.withResolvers<void>();
  const { promise, resolve } = Promise.withResolvers<void>();
  const off = story.world.onCall('uploadJar', ({ deploymentId }) => {
    if (deploymentId !== id) return undefined;
    off();
    comes();
    return promise;
  });
  await story.patch(id, scale(2));
  await came;
  return resolve;
}

describe.concurrent('an upgrade is begun again after it was given up, and its standby is slow (R20)', () => {
  const aborted: [string, number, (id: string) => Promise<() => void>][] = [
    ['while its standby came up', 0, slowStandby],
    [
      'after its savepoint failed',
      1,
      async (id) => {
        story.world.outcome(id, 'stop', { is: 'fails' });
        await story.patch(id, scale(2));
        await story.reaches(id, 'FAILED');
        return () => undefined;
      },
    ],
  ];
  test.for(aborted)(
    '%s: the old job lives until the new cluster is proven, nothing of the first try is used',
    async ([, stops, abort]) => {
      const id = await grown(story, {}, { maxSavepointCreationAttempts: 1 });
      story.world.expectSavepointBeforeStop(id);
      const job = story.world.liveJob(id);
      const lateCall = await abort(id);
      await story.patch(id, scale(1));
      await runsWith(story, id, 1);
      await story.until(
        () => story.world.clustersOf(id).length,
        (count) => count === 1,
        'the first standby is removed',
      );
      const proves = await slowStandby(id);
      lateCall();
      const before = job.checkpoints.view().counts.completed;
      await story.until(
        () => job.checkpoints.view().counts.completed,
        (count) => count > before + 5,
        'the old job goes on',
      );
      const sent = () => story.world.trace.calls('stopWithSavepoint', id);
      expect(sent()).toHaveLength(stops);
      expect(story.world.jobs(id)).toEqual([job]);
      proves();
      await runsWith(story, id, 2);
      expect(new Set(sent().map(({ detail }) => detail)).size).toBe(stops + 1);
      story.lostNothing(id);
    },
  );
});

test('every history of these stories replays, and no promise was broken', async () => {
  await story.judge();
  await alone.judge();
});
