import { compareDocuments } from '../document/index.ts';
import type { DeploymentState, JobInState, JobOrigin } from './state.ts';
import { handleOf } from './steps.ts';

/**
 * Does the document ask for another Job than this one (M19, S14)? Compared by content, so that a change taken back before
 * it was acted on leaves the running job alone (api.md 3.2).
 */
export function isOutdated(state: DeploymentState, made: JobOrigin): boolean {
  const { annotations: _, ...rest } = state.document;
  const then = {
    ...rest,
    spec: { ...made.spec, state: state.document.spec.state },
    ...(made.annotations ? { annotations: made.annotations } : {}),
  };
  return compareDocuments(then, state.document, state.documentSettings).upgradeNeeded;
}

/** What the next Job is made from: the document, or under upgradeStrategy NONE what the dead job was made from. */
export function nextOrigin(state: DeploymentState): JobOrigin {
  if (state.recovery.origin && state.document.spec.upgradeStrategy.kind === 'NONE')
    return state.recovery.origin;
  const { spec, annotations } = state.document;
  return { spec, ...(annotations ? { annotations } : {}) };
}

/** Does the job have a directory for savepoints, its own or the server's (V13)? By what it was made with. */
export const supportsSavepoints = (job: JobInState): boolean =>
  handleOf(job).savepointBase !== undefined;
