import type {
  ApplyChangeRequest,
  Explanation,
  MarkDeletedRequest,
  RegisterSavepointRequest,
  TriggerSavepointRequest,
} from '../../workflows/messages.ts';
import type { Wait } from '../core/deployment/waits.ts';
import type { Document, DocumentSettings } from '../core/document/index.ts';
import type { DeploymentRecord, SavepointRecord, Stored } from '../core/records.ts';

/**
 * What the API asks of Deployments. Each call answers only when the store shows its effect to every later read
 * (temporal.md 9), within a bound; a workflow that is lost while the store has its row is created again and asked anew.
 *
 * @throws {ValidationFailed} a wrong document or field (400).
 * @throws {Refused} NAME_TAKEN, NOT_POSSIBLE_NOW (409), GENERATION_CONFLICT (412), NO_ACTIVE_JOB (400), DEPLOYMENT_NOT_FOUND.
 * @throws {Unreachable} TEMPORAL_UNAVAILABLE, STORE_UNAVAILABLE: 503 with Retry-After; asking again with the same
 *   `requestId` is safe.
 */
export interface DeploymentCommands {
  create(request: CreateRequest): Promise<Changed>;
  change(at: DeploymentAddress, request: Omit<ApplyChangeRequest, 'settings'>): Promise<Changed>;
  remove(at: DeploymentAddress, request: MarkDeletedRequest): Promise<DeploymentRecord>;
  triggerSavepoint(
    at: DeploymentAddress,
    request: TriggerSavepointRequest,
  ): Promise<Stored<SavepointRecord>>;
  registerSavepoint(
    at: DeploymentAddress,
    request: RegisterSavepointRequest,
  ): Promise<Stored<SavepointRecord>>;
  /**
   * What the workflow itself says of what it does and why; within seconds or not at all.
   * @param deployment its row: a run below the row's fence is not asked.
   * @throws {Unreachable} TEMPORAL_UNAVAILABLE when the workflow does not answer: no worker, no run, no Temporal.
   */
  explain(deployment: Pick<DeploymentRecord, 'namespace' | 'id' | 'fence'>): Promise<Explanation>;
  /**
   * What the step under way waits for at this moment; none: nothing that takes long. Needs no worker.
   * @throws {Unreachable} TEMPORAL_UNAVAILABLE when Temporal does not answer within seconds.
   */
  waits(deployment: DeploymentAddress): Promise<Wait[]>;
}

export interface DeploymentAddress {
  namespace: string;
  id: string;
}

export interface CreateRequest {
  namespace: string;
  /** Chosen by the caller before the first effect; a repeat with the same id meets itself. */
  id: string;
  document: Document;
  documentSettings: DocumentSettings;
  /** Texts of warnings, to be kept as events. */
  warnings: string[];
}

export interface Changed {
  record: DeploymentRecord;
  changed: boolean;
  warnings: string[];
}
