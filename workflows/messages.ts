import type { ChangeReply, DeploymentState } from '../src/core/deployment/state.ts';

/** Names and types of everything a Deployment's workflow can be told or asked; its senders import nothing else of it. */

export const deploymentWorkflowType = 'deployment';
export const taskQueues = { main: 'sluice', watch: 'sluice-watch' } as const;
export const searchAttributes = {
  SluiceState: 'Keyword',
  SluiceDesired: 'Keyword',
  SluiceName: 'Keyword',
  SluiceNamespace: 'Keyword',
  SluiceTarget: 'Keyword',
} as const;

/** `deployment/<namespace>/<id>` (design.md 2). */
export const deploymentWorkflowId = (namespace: string, id: string): string =>
  `deployment/${namespace}/${id}`;

/** Refusals have these `ApplicationFailure.type`s; `details[0]` holds `{ problems?: FieldProblem[] }`. */
export const refusals = {
  invalid: 'Invalid',
  tooLarge: 'TooLarge',
  conflict: 'Conflict',
  notPossible: 'NotPossible',
  noActiveJob: 'NoActiveJob',
} as const;

/** Updates: the API's way in. Each answers {@link UpdateReply}. `requestId` makes repeats harmless. */
export const updates = {
  applyChange: 'applyChange',
  markDeleted: 'markDeleted',
  triggerSavepoint: 'requestSavepoint',
  registerSavepoint: 'registerSavepoint',
} as const;

/** `run` accepted it: a change counts once the store has it from that run, which may have been reset to its past. */
export interface UpdateReply extends ChangeReply {
  run: string;
}

/** Signals: a person's way in, from the Temporal command line (M36). Arguments are untrusted. */
export const signals = {
  setState: 'setState',
  patchSpec: 'patchSpec',
  triggerSavepoint: 'triggerSavepoint',
  retry: 'retry',
  forceCancel: 'forceCancel',
} as const;

export const queries = { state: 'state', explain: 'explain' } as const;

export type { Explanation } from '../src/core/deployment/explain.ts';
export type {
  ApplyChangeRequest,
  MarkDeletedRequest,
  RegisterSavepointRequest,
  TriggerSavepointRequest,
} from '../src/core/deployment/requests.ts';
export type { ChangeReply, DeploymentState };
