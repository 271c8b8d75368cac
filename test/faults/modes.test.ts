import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Story } from '../support/story.ts';
import { become, grown, runsWith, savedBefore, scale } from '../support/story-moments.ts';

let story: Story;
beforeAll(async () => {
  story = await Story.open();
});
afterAll(() => story.close());

type Mode = [upgrade: 'STATEFUL' | 'STATELESS', restore: 'LATEST_STATE' | 'LATEST_SAVEPOINT'];

const statefulLatest: Mode = ['STATEFUL', 'LATEST_STATE'];
const statefulSavepoint: Mode = ['STATEFUL', 'LATEST_SAVEPOINT'];
const statelessLatest: Mode = ['STATELESS', 'LATEST_STATE'];
const statelessSavepoint: Mode = ['STATELESS', 'LATEST_SAVEPOINT'];

/** Of four each, so that every mode comes after every other one. */
const sequences: Mode[][] = [
  [statefulLatest, statefulSavepoint, statelessLatest, statelessSavepoint],
  [statelessSavepoint, statefulLatest, statelessLatest, statefulSavepoint],
  [statefulSavepoint, statelessSavepoint, statelessLatest, statefulLatest],
  [statelessLatest, statefulSavepoint, statefulLatest, statelessSavepoint],
];

const specOf = ([upgrade, restore]: Mode) => ({
  upgradeStrategy: { kind: upgrade },
  restoreStrategy: { kind: restore },
});

const said = (sequence: Mode[]) => sequence.map((mode) => mode.join(' from ')).join(', ');

describe.concurrent('modes change one after another, and the cluster dies in each (R27)', () => {
  test.for(sequences.map((sequence) => [said(sequence), sequence] as const))(
    '%s: no start finds less than its mode admits',
    async ([, sequence]) => {
      const id = await grown(story);
      await savedBefore(story, id);
      const admits: ('any' | 'savepoints')[] = ['any'];
      for (const [n, mode] of sequence.entries()) {
        const admitted = mode[1] === 'LATEST_STATE' ? 'any' : 'savepoints';
        await story.patch(id, { ...specOf(mode), ...scale(n + 2) });
        await runsWith(story, id, n + 2);
        await story.checkpointed(id);
        const dead = story.world.liveJob(id);
        story.world.serving(id).killAll();
        await runsWith(story, id, n + 2, dead);
        admits.push(admitted, admitted);
      }
      const starts = story.world.lineage.starts(id);
      expect(starts).toHaveLength(admits.length);
      for (const [n, { path, counter, newest }] of starts.entries()) {
        if (n === 0) continue;
        expect(path, `start ${n}`).toBeDefined();
        expect(counter, `start ${n}`).toBe(newest[admits[n] ?? 'any']);
      }
    },
  );
});

describe.concurrent('terminal states and bad news (R25)', () => {
  test('a restart takes the newest state, not the savepoint that the job began with', async () => {
    const id = await grown(story);
    await become(story, id, 'SUSPENDED');
    await become(story, id, 'RUNNING');
    await story.checkpointed(id);
    const dead = story.world.liveJob(id);
    dead.fail('RuntimeException: out of luck');
    await runsWith(story, id, 1, dead);
    story.lostNothing(id);
  });

  test.for(['silent', 'garbage', 'refuses'] as const)(
    'FAILED, its job runs on, and its REST interface is %s: nothing is done about it',
    async (mood) => {
      const id = await grown(story, {}, { maxSavepointCreationAttempts: 1 });
      story.world.outcome(id, 'stop', { is: 'fails' });
      await story.patch(id, { state: 'SUSPENDED' });
      await story.reaches(id, 'FAILED');
      const job = story.world.liveJob(id).id;
      const { clusterId } = story.world.serving(id);
      story.world.declareQuiet(id);
      story.world.rest(clusterId, mood);
      const [row] = await story.store.jobs.list('default', { deploymentId: id });
      await story.until(
        () => story.store.observations.get(row?.id ?? ''),
        (seen) =>
          seen?.conditions.some(
            ({ type, status }) => type === 'ClusterUnreachable' && status === 'True',
          ) === true,
        'it is seen that nobody answers',
      );
      expect((await story.record(id)).status.state).toBe('FAILED');
      story.world.rest(clusterId, 'answers');
      expect(story.world.liveJob(id).id).toBe(job);
      story.world.endQuiet(id);
    },
  );
});

test('every history of these stories replays, and no promise was broken', () => story.judge());
