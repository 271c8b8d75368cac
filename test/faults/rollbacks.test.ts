import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DeploymentSpec } from '../../src/core/document/index.ts';
import { Story } from '../support/story.ts';
import { grown, runsWith, savedBefore, scale } from '../support/story-moments.ts';

/** A rollback is a change like any other here, made by a person: none starts from less than it is told to (R10). */
let story: Story;
beforeAll(async () => {
  story = await Story.open();
});
afterAll(() => story.close());

type Modes = Pick<DeploymentSpec, 'upgradeStrategy' | 'restoreStrategy'>;

const modes: Record<string, Modes> = {
  'STATEFUL from LATEST_STATE': {
    upgradeStrategy: { kind: 'STATEFUL' },
    restoreStrategy: { kind: 'LATEST_STATE' },
  },
  'STATELESS from LATEST_STATE': {
    upgradeStrategy: { kind: 'STATELESS' },
    restoreStrategy: { kind: 'LATEST_STATE' },
  },
  'STATELESS from LATEST_SAVEPOINT': {
    upgradeStrategy: { kind: 'STATELESS' },
    restoreStrategy: { kind: 'LATEST_SAVEPOINT' },
  },
};

/** When the new spec fails, and how often a job was started by the time it is taken back. */
const failures: [when: string, starts: number, fails: (id: string, next: object) => unknown][] = [
  [
    'before the old job stops',
    1,
    async (id, next) => {
      const refuse = { is: 'refused', code: 'CLUSTER_START_FAILED', message: 'X: no' } as const;
      story.world.fault({ kind: 'uploadJar', deploymentId: id }, refuse);
      await story.patch(id, next);
      await story.reaches(id, 'FAILED');
    },
  ],
  [
    'as the new one starts',
    2,
    async (id, next) => {
      story.program(id, { mainThrows: 'X: broken' });
      await story.patch(id, next);
      await story.reaches(id, 'FAILED');
      story.program(id, {});
    },
  ],
  [
    'after the new one ran',
    3,
    async (id, next) => {
      await story.patch(id, next);
      await runsWith(story, id, 2);
      await story.checkpointed(id);
      story.world.liveJob(id).fail('X: broken');
    },
  ],
];

/** Each start found the newest state that its own restore strategy admits: none was empty, none fell behind. */
function neverFell(id: string, old: Modes, next: Modes): void {
  const [, ...starts] = story.world.lineage.starts(id);
  const jobs = new Map(story.world.jobs(id).map((job) => [job.id, job]));
  for (const { flinkJobId, path, counter, newest } of starts) {
    const { restoreStrategy } = jobs.get(flinkJobId)?.parallelism === 2 ? next : old;
    const admitted = restoreStrategy.kind === 'LATEST_STATE' ? 'any' : 'savepoints';
    expect(path).toBeDefined();
    expect(counter).toBe(newest[admitted]);
  }
}

const names = Object.keys(modes);
const changes = names
  .flatMap((old) => names.map((next) => [old, next] as const))
  .filter(([old, next]) => old !== next);

describe.concurrent('modes and more change, that fails, and a person takes it back (R10)', () => {
  const plans = changes.flatMap((change) => failures.map((one) => [...change, ...one] as const));
  test.for(plans)('%s to %s, failing %s: the counter never falls', async (plan) => {
    const [before, after, , starts, fails] = plan;
    const [old, next] = [modes[before], modes[after]];
    if (!old || !next) throw new Error('no such modes');
    const id = await grown(story, {}, { ...old, maxJobCreationAttempts: 1 });
    await savedBefore(story, id);
    await fails(id, { ...next, ...scale(2) });
    await story.patch(id, { ...old, ...scale(1) });
    await runsWith(story, id, 1);
    expect(story.world.lineage.starts(id).length).toBeGreaterThanOrEqual(starts);
    neverFell(id, old, next);
  });
});

test('every history of these stories replays, and no promise was broken', () => story.judge());
