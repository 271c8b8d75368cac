import type { DeploymentBody, DocumentSettings } from '../src/core/document/index.ts';
import type { ChangeReply, DeploymentState } from '../src/core/deployment/state.ts';
import type { TransitionSettings } from '../src/core/settings.ts';

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
  conflict: 'Conflict',
  notPossible: 'NotPossible',
  noActiveJob: 'NoActiveJob',
} as const;

/** Updates: the API's way in. Each answers {@link ChangeReply}. `requestId` makes repeats harmless. */
export const updates = {
  applyChange: 'applyChange',
  markDeleted: 'markDeleted',
  triggerSavepoint: 'requestSavepoint',
  registerSavepoint: 'registerSavepoint',
} as const;

export interface ApplyChangeRequest {
  requestId: string;
  verb: 'patch' | 'put';
  body: DeploymentBody;
  /** `If-Match`: refused with Conflict unless `metadata.resourceVersion` is this. */
  ifResourceVersion?: number;
  /** Present settings of the server; they apply from this change on. */
  documentSettings: DocumentSettings;
  settings: TransitionSettings;
}
export interface MarkDeletedRequest {
  requestId: string;
  ifResourceVersion?: number;
}
export interface TriggerSavepointRequest {
  requestId: string;
}
export interface RegisterSavepointRequest {
  requestId: string;
  location: string;
  flinkSavepointId?: string;
  specVersion?: number;
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

/** What the query `explain` answers: why is it not (yet) as wanted, and what can a person do. */
export interface Explanation {
  desired: string;
  status: string;
  step: string;
  reason: string;
  attempt?: { number: number; limit: number; nextTryAt?: string; lastError?: string };
  advice: string;
  stepWorkflowId?: string;
}

export type { ChangeReply, DeploymentState };
