import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  workflowInfo,
} from '@temporalio/workflow';
import { applyDecision, isPure } from '../src/core/deployment/apply-decision.ts';
import { decide, isQuiet } from '../src/core/deployment/decide.ts';
import { beginProgress, type StepProgress } from '../src/core/deployment/explain.ts';
import { planStep } from '../src/core/deployment/plan.ts';
import type { DeploymentState } from '../src/core/deployment/state.ts';
import { stepFailureOf } from './failure.ts';
import { registerHandlers } from './handlers.ts';
import { store } from './proxies.ts';
import { Publisher } from './publisher.ts';
import { runStep } from './run-step.ts';
import { startWatch } from './watch.ts';

/**
 * One Deployment for its whole life: the single writer of its desired and actual state. Handlers edit wishes, this loop
 * alone acts on them, one step at a time, and asks `decide` anew between steps; a second coroutine only publishes. So two
 * transitions never overlap, and the newest wish is always the one acted on (M09, temporal.md 3).
 */
export async function deployment(state: DeploymentState): Promise<void> {
  // Cancelling the workflow by hand is no way to end a Deployment: its job would run on with nobody to look after it.
  await CancellationScope.nonCancellable(() => live(state));
}

async function live(state: DeploymentState): Promise<void> {
  const progress: { current?: StepProgress | undefined } = {};
  const publisher = new Publisher(state, () => progress.current);
  registerHandlers(state, progress);
  publisher.introduce();
  void publisher.run();
  // An upgrade ends the run: histories stay short, and new code is picked up at a quiet point (temporal.md 6).
  let upgraded = false;

  while (decide(state).step !== 'end' && !publisher.fencedOut()) {
    const mustContinue = () => upgraded || workflowInfo().continueAsNewSuggested;
    const watch = startWatch(state);
    await condition(() => decide(state).step !== 'wait' || mustContinue() || publisher.fencedOut());
    await watch.stop();
    await condition(allHandlersFinished);

    const next = decide(state);
    if (next.step === 'end' || publisher.fencedOut()) break;
    if (mustContinue() && isQuiet(next)) await continueQuietly(state, publisher);
    if (next.step === 'wait') continue;
    if (isPure(next)) {
      upgraded ||= next.step === 'settle' && state.transition.kind === 'upgrade';
      applyDecision(state, next, Date.now());
      continue;
    }
    const plan = planStep(state, next, Date.now());
    progress.current = beginProgress(plan, Date.now());
    publisher.show();
    // Intent before effect: the ids this step will use are in the store before it acts (S22).
    await condition(() => publisher.written());
    if (!publisher.fencedOut()) {
      await runStep(state, next, plan, () => progress.current?.attempt);
    }
  }
  await condition(() => publisher.written() && allHandlersFinished());
  if (!publisher.fencedOut()) await removeRecords(state);
}

/** The rows go last of all. Fenced out: another incarnation sees to that. */
async function removeRecords(state: DeploymentState): Promise<void> {
  try {
    await store.removeRecords({ deploymentId: state.id, fence: state.fence });
  } catch (error) {
    if (stepFailureOf(error).reason !== 'FENCED_OUT') throw error;
  }
}

/** Only when nothing is under way and everything is stored: an accepted update must not be cut off (temporal.md 6). */
async function continueQuietly(state: DeploymentState, publisher: Publisher): Promise<void> {
  await condition(() => publisher.written() && allHandlersFinished());
  if (isQuiet(decide(state))) await continueAsNew<typeof deployment>(state);
}
