import { compareDocuments } from '../document/index.ts';
import type { DeploymentState, JobOrigin } from './state.ts';

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

const savepointKeys = ['state.savepoints.dir', 'execution.checkpointing.savepoint-dir'] as const;

/** Is there a directory for savepoints of this spec, its own or the server's (V13)? */
export function supportsSavepoints(state: DeploymentState, spec: JobOrigin['spec']): boolean {
  const configuration = spec.template.spec.flinkConfiguration;
  return state.storageUri !== '' || savepointKeys.some((key) => configuration[key]);
}
