import type { DeploymentBody, DocumentSettings } from '../document/index.ts';
import type { TransitionSettings } from '../settings.ts';

export interface ApplyChangeRequest {
  requestId: string;
  verb: 'patch' | 'put';
  body: DeploymentBody;
  /** `If-Match`: refused with Conflict unless `metadata.resourceVersion` is this. */
  ifResourceVersion?: number;
  /** PUT only: gaps are filled from the defaults of the namespace (api.md 1.5). */
  applyDefaults?: boolean;
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
