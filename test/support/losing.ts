import type { CallKind } from '../fakes/trace.ts';
import type { Story } from './story.ts';

/** A person terminates the workflow; whoever looks next takes the Deployment up from the store. */
export async function lose(story: Story, id: string): Promise<void> {
  await story.workflow(id).terminate('a person did it');
}

/** What an API call or the sweep does about a Deployment without a workflow. */
export const takeUp = (story: Story, id: string) =>
  story.lost.restore({ namespace: 'default', id });

/**
 * Loses the workflow at the very moment of a call, which goes on all the same: a late copy of an older incarnation.
 * @param when `answer`: once the call has had its effect.
 */
export function loseAt(
  story: Story,
  id: string,
  kind: CallKind,
  when: 'call' | 'answer' = 'call',
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const { world } = story;
  const hook = when === 'call' ? world.onCall : world.onAnswer;
  const off = hook.call(world, kind, async (entry) => {
    if (entry.deploymentId !== id) return;
    off();
    await lose(story, id).then(resolve, reject);
  });
  return promise;
}
