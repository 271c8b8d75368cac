import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DesiredState } from '../../src/core/vocabulary.ts';
import { Story } from '../support/story.ts';
import { become, grown, runsWith, savedBefore, scale } from '../support/story-moments.ts';

/** What other controllers lost between knowing a restore point and starting from it (reliability.md 5). */
let story: Story;
beforeAll(async () => {
  story = await Story.open();
});
afterAll(() => story.close());

const starts = (id: string) => story.world.lineage.starts(id);

/** A savepoint is on record and the job has gone on after it; then it ends, and nobody hears of it. */
async function endsUnheard(spec: Parameters<Story['create']>[0]) {
  const id = await story.running(spec);
  await savedBefore(story, id);
  const job = story.world.liveJob(id);
  const cluster = story.world.serving(id);
  story.world.rest(cluster.clusterId, 'silent');
  job.fail('RuntimeException: poison');
  return { id, cluster, later: job.checkpoints.view().newest?.path };
}

const unanswered = (id: string) =>
  story.world.trace.of(id).filter(({ answer }) => answer === 'unreachable').length;

describe.concurrent('an upgrade after an end that a silent JobManager kept to itself (R01)', () => {
  test.for([
    ['STATEFUL', 'is gone in the end'],
    ['STATELESS', 'answers in the end'],
  ] as const)(
    '%s, and it %s: the newest checkpoint counts, not the savepoint on record',
    async ([kind, how]) => {
      const { id, cluster, later } = await endsUnheard({ upgradeStrategy: { kind } });
      await story.patch(id, scale(2));
      const asked = unanswered(id);
      await story.until(
        () => unanswered(id),
        (count) => count > asked + 3,
        'it is asked again and again',
      );
      expect(starts(id)).toHaveLength(1);
      if (how === 'answers in the end') story.world.rest(cluster.clusterId, 'answers');
      else cluster.killAll();
      await runsWith(story, id, 2);
      expect(starts(id).map(({ path }) => path)).toEqual([undefined, later]);
      story.lostNothing(id);
    },
  );

  test('it is gone, and nobody else can tell what there was: a typed stop, nothing is started', async () => {
    const flinkConfiguration = {
      'state.checkpoints.dir': 's3://b/c',
      'state.savepoints.dir': 's3://b/s',
    };
    const { id, cluster } = await endsUnheard({ template: { flinkConfiguration } });
    await story.patch(id, scale(2));
    cluster.killAll();
    const { status } = await story.reaches(id, 'FAILED');
    expect(status.failure?.reason).toBe('RESTORE_POINT_UNCERTAIN');
    expect(starts(id)).toHaveLength(1);
  });
});

/** Somebody deletes what the next submit restores, right before it. @returns what it was, once that has happened. */
function deletedAtSubmit(id: string) {
  const { storage } = story.world;
  const { promise, resolve } = Promise.withResolvers<{ path: string; comesBack: () => void }>();
  const off = story.world.onCall('run', ({ deploymentId, detail: path }) => {
    const capture = path ? storage.read(path) : undefined;
    if (deploymentId !== id || !path || !capture) return;
    off();
    storage.lose(path);
    resolve({ path, comesBack: () => storage.write(path, capture) });
  });
  return promise;
}

type Way = [what: string, label: string, from: DesiredState, act: (id: string) => Promise<unknown>];
const runAgain = (id: string) => story.patch(id, { state: 'RUNNING' });

describe.concurrent('what a start needs is deleted between its choice and the submit', () => {
  const ways: Way[] = [
    ['a resume', 'R07', 'SUSPENDED', runAgain],
    ['a start after a cancel', 'R03', 'CANCELLED', runAgain],
    ['an upgrade', 'R03', 'RUNNING', (id) => story.patch(id, scale(2))],
    ['a recovery', 'R03', 'RUNNING', async (id) => story.world.liveJob(id).fail('X: poison')],
  ];
  test.for(ways)(
    '%s: a typed stop that names it, no empty run; once it is back it is restored (%s)',
    async ([, , from, act]) => {
      const id = await grown(story);
      await become(story, id, from);
      const deleted = deletedAtSubmit(id);
      await act(id);
      const { path, comesBack } = await deleted;
      const { status } = await story.reaches(id, 'FAILED');
      expect(status.failure?.reason).toBe('RESTORE_POINT_GONE');
      expect(status.failure?.message).toContain(path);
      expect(starts(id)).toHaveLength(1);
      story.nothingLeft(id);
      comesBack();
      await story.signal(id, 'retry');
      await story.reaches(id, 'RUNNING');
      expect(starts(id).map((start) => start.path)).toEqual([undefined, path]);
      story.lostNothing(id);
    },
  );
});

test('every history of these stories replays, and no promise was broken', () => story.judge());
