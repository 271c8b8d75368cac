import type { DesiredState } from '../../src/core/vocabulary.ts';
import type { ProgramSource } from '../fakes/program.ts';
import type { CreateOptions, Story } from './story.ts';

/** Moments that many stories come to. */

export const scale = (parallelism: number) => ({ template: { spec: { parallelism } } });

/** A Deployment that runs this code and has a checkpoint: what is lost from here on would show. */
export async function grown(
  story: Story,
  program: ProgramSource = {},
  spec: Parameters<Story['create']>[0] = {},
  options: CreateOptions = {},
): Promise<string> {
  const { id } = await story.create({ ...spec, state: 'CANCELLED' }, options);
  story.program(id, program);
  await become(story, id, 'RUNNING');
  if (story.world.liveJob(id).program.checkpointing) await story.checkpointed(id);
  return id;
}

/** The state is wanted, and reached. */
export async function become(story: Story, id: string, state: DesiredState): Promise<void> {
  await story.patch(id, { state });
  await story.reaches(id, state);
}

/** A user's savepoint is taken while the job runs on. @returns its path. */
export async function saved(story: Story, id: string): Promise<string> {
  const asked = await story.savepoint(id);
  const row = await story.until(
    () => story.store.savepoints.get(asked.id),
    (seen) => seen?.state === 'COMPLETED',
    'the savepoint is complete',
  );
  return row?.location ?? '';
}

/** {@link saved}, and the job has completed a checkpoint after it. @returns the savepoint's path. */
export async function savedBefore(story: Story, id: string): Promise<string> {
  const path = await saved(story, id);
  const job = story.world.liveJob(id);
  await story.until(
    () => job.checkpoints.view().newest,
    (newest) => newest?.isSavepoint === false,
    'a checkpoint is complete after the savepoint',
  );
  return path;
}

/** Waits until a job runs with this parallelism, and is said to. @param not a job that does not count. */
export async function runsWith(
  story: Story,
  id: string,
  parallelism: number,
  not?: { id: string },
): Promise<void> {
  await story.until(
    () => story.record(id),
    ({ status }) => {
      const [job] = story.world.liveJobs(id);
      return status.state === 'RUNNING' && job?.parallelism === parallelism && job.id !== not?.id;
    },
    `another job runs, with parallelism ${parallelism}`,
  );
}

/** Waits until the Deployment was looked at so often from here on: whoever wanted to act has had the time. */
export async function looksOn(story: Story, id: string, times = 30): Promise<void> {
  const looks = () => story.world.trace.of(id).length;
  const before = looks();
  await story.until(looks, (count) => count > before + times, 'it looks on');
}
