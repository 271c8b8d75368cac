import { CancellationScope, condition } from '@temporalio/workflow';
import type { DeploymentState } from '../src/core/deployment/state.ts';

/**
 * Waits for an activity of the parent itself. A person's force ends the wait at once, and so does whatever makes it
 * unwanted once that has lasted for the grace of a cancel (reliability.md 2.4): the wait, not the effect.
 * @throws a cancellation then.
 */
export async function unlessUnwanted<T>(
  state: DeploymentState,
  isUnwanted: () => boolean,
  work: () => Promise<T>,
): Promise<T> {
  const scope = new CancellationScope();
  let settled = false;
  const isOver = () => settled || state.force;
  const watching = (async () => {
    for (let lasts = false; !isOver() && !lasts; ) {
      await condition(() => isOver() || isUnwanted());
      if (isOver()) break;
      const { cancelGraceMs } = state.settings;
      lasts = !(await condition(() => isOver() || !isUnwanted(), cancelGraceMs));
    }
    if (!settled) scope.cancel();
  })();
  try {
    return await scope.run(work);
  } finally {
    settled = true;
    await watching;
  }
}

/** Ends the work once it is so. @throws a cancellation then. */
export async function unless<T>(isSo: () => boolean, work: () => Promise<T>): Promise<T> {
  const scope = new CancellationScope();
  let settled = false;
  // It may be so since the step was planned.
  const watching = condition(() => settled || isSo()).then(() => {
    if (!settled) scope.cancel();
  });
  try {
    return await scope.run(work);
  } finally {
    settled = true;
    await watching;
  }
}
