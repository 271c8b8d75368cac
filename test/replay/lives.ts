import { randomUUID } from 'node:crypto';
import { lose, takeUp } from '../support/losing.ts';
import type { Story, StoryOptions } from '../support/story.ts';

/** A Deployment's life that is worth keeping: what it does, and at the end nothing of it is under way. */
interface Life {
  /** Of a Temporal server and a world of its own. */
  options?: StoryOptions;
  live(story: Story, id: string): Promise<void>;
}

const scale = (parallelism: number) => ({ template: { spec: { parallelism } } });

/** Every kind of step, transition and end, and what cuts them short; each by its name in `recorded/`. */
export const lives: Readonly<Record<string, Life>> = {
  'start-cancel-delete': {
    live: async (story, id) => {
      await running(story, id);
      await to(story, id, 'CANCELLED');
      await story.commandsOf(id).remove(at(id), { requestId: randomUUID() });
    },
  },
  'stateful-upgrade': {
    live: async (story, id) => {
      await running(story, id);
      await upgraded(story, id, 2);
      await story.until(
        () => story.workflow(id).describe(),
        ({ runId, raw }) => raw.workflowExecutionInfo?.firstRunId !== runId,
        'an upgrade ends the run',
      );
      await story.patch(id, {}, { labels: { team: 'a' } });
    },
  },
  'suspend-and-resume': {
    live: async (story, id) => {
      await running(story, id);
      await to(story, id, 'SUSPENDED');
      await to(story, id, 'RUNNING');
    },
  },
  recovery: {
    live: async (story, id) => {
      await running(story, id);
      const dead = story.world.liveJob(id);
      dead.fail('RuntimeException: poison');
      await replaced(story, id, dead.id);
      story.world.serving(id).killTaskManager();
      await told(story, id, 'The cluster is not as it should be');
      await story.reaches(id, 'RUNNING');
      await clusters(story, id, 1);
    },
  },
  'failed-savepoints-and-retry': {
    live: async (story, id) => {
      await running(story, id, { maxSavepointCreationAttempts: 2 });
      story.world.outcome(id, 'stop', { is: 'fails', cause: 'disk full' }, { is: 'fails' });
      await story.patch(id, scale(2));
      await story.reaches(id, 'FAILED');
      await story.signal(id, 'retry');
      await story.reaches(id, 'RUNNING');
      await clusters(story, id, 1);
    },
  },
  'failed-starts-and-finish': {
    live: async (story, id) => {
      await story.create({ state: 'CANCELLED', maxJobCreationAttempts: 2 }, { id });
      story.program(id, (run) => (run < 4 ? broken : { finishesAfterMs: 60 }));
      await story.patch(id, { state: 'RUNNING' });
      await story.reaches(id, 'FAILED');
      await story.signal(id, 'retry');
      await story.reaches(id, 'FINISHED');
      await clusters(story, id, 0);
    },
  },
  'user-savepoints': {
    live: async (story, id) => {
      await running(story, id);
      story.world.outcome(id, 'savepoint', { is: 'fails' });
      for (const state of ['FAILED', 'COMPLETED']) {
        const { id: savepoint } = await story.savepoint(id);
        await story.until(
          () => story.store.savepoints.get(savepoint),
          (row) => row?.state === state,
          `the savepoint is ${state}`,
        );
      }
      await to(story, id, 'CANCELLED');
    },
  },
  'newer-wishes': {
    live: async (story, id) => {
      await running(story, id);
      const off = story.world.onCall('ensure', async (entry) => {
        if (entry.deploymentId !== id) return;
        off();
        await story.patch(id, scale(3));
      });
      await story.patch(id, scale(2));
      await runs(story, id, 3);
      story.world.outcome(id, 'stop', { is: 'never-ends' });
      await story.patch(id, { state: 'SUSPENDED' });
      await told(story, id, 'SUCCESSFULLY_TRIGGERED_A_SAVEPOINT');
      await to(story, id, 'CANCELLED');
    },
  },
  'signals-and-a-stateless-upgrade': {
    live: async (story, id) => {
      await running(story, id, { upgradeStrategy: { kind: 'STATELESS', startBeforeStop: false } });
      await story.signal(id, 'patchSpec', scale(2));
      await runs(story, id, 2);
      await story.signal(id, 'setState', { not: 'a state' });
      await story.signal(id, 'triggerSavepoint');
      await told(story, id, 'TRANSITIONED_TO_COMPLETED: Savepoint');
      await story.signal(id, 'forceCancel');
      await story.reaches(id, 'CANCELLED');
      await clusters(story, id, 0);
    },
  },
  'taken-up-from-the-store': {
    live: async (story, id) => {
      await running(story, id);
      story.world.outcome(id, 'stop', { is: 'never-ends' });
      await story.patch(id, scale(2));
      await told(story, id, 'SUCCESSFULLY_TRIGGERED_A_SAVEPOINT');
      await lose(story, id);
      await takeUp(story, id);
      await to(story, id, 'CANCELLED');
    },
  },
  'no-room-for-a-standby': {
    options: { world: { maxClusters: 1 } },
    live: async (story, id) => {
      await running(story, id);
      await upgraded(story, id, 2);
    },
  },
  'continued-as-new': {
    options: { limits: ['limit.historyCount.suggestContinueAsNew=60'] },
    live: async (story, id) => {
      await running(story, id);
      for (const team of ['a', 'b', 'c']) await story.patch(id, {}, { labels: { team } });
      await to(story, id, 'SUSPENDED');
      await to(story, id, 'CANCELLED');
    },
  },
};

const broken = { mainThrows: 'Timeout: not yet' };

const at = (id: string) => ({ namespace: 'default', id });

/** A job that has something to lose. */
async function running(
  story: Story,
  id: string,
  spec: Parameters<Story['running']>[0] = {},
): Promise<void> {
  await story.running(spec, { id });
  await story.checkpointed(id);
}

async function to(
  story: Story,
  id: string,
  state: 'RUNNING' | 'SUSPENDED' | 'CANCELLED',
): Promise<void> {
  await story.patch(id, { state });
  await story.reaches(id, state);
  await clusters(story, id, state === 'RUNNING' ? 1 : 0);
}

async function upgraded(story: Story, id: string, parallelism: number): Promise<void> {
  await story.patch(id, scale(parallelism));
  await runs(story, id, parallelism);
}

async function runs(story: Story, id: string, parallelism: number): Promise<void> {
  await story.until(
    () => story.record(id),
    ({ status }) =>
      status.state === 'RUNNING' && story.world.liveJobs(id)[0]?.parallelism === parallelism,
    `it runs with parallelism ${parallelism}`,
  );
  await clusters(story, id, 1);
}

const replaced = (story: Story, id: string, dead: string) =>
  story.until(
    () => story.record(id),
    ({ status }) =>
      status.state === 'RUNNING' && status.running?.jobId.replaceAll('-', '') !== dead,
    'another job runs',
  );

/** Waits until so many clusters are left, and nothing is left to do. */
async function clusters(story: Story, id: string, count: number): Promise<void> {
  await story.until(
    () => story.world.clustersOf(id).length,
    (left) => left === count,
    `${count} clusters are left`,
  );
  await story.until(
    () => story.explain(id),
    ({ step }) => step === 'wait',
    'it waits',
  );
}

const told = (story: Story, id: string, words: string) =>
  story.until(
    () => story.messages(id),
    (lines) => lines.some((line) => line.includes(words)),
    `an event says ${words}`,
  );
