/** Rows of the read side, as workflows write them and the API reads them. Plain JSON; times are epoch milliseconds. */

import type {
  DeploymentStatusState,
  EventName,
  JobState,
  ObservedFlinkJobState,
  SavepointOrigin,
  SavepointState,
} from './vocabulary.ts';

/** Why something failed, for people: stable `reason`, `message` with Flink's root cause, `failedAt` in epoch ms. */
export interface Failure {
  message: string;
  reason: string;
  failedAt: number;
}

/** Status of a Deployment as its workflow knows it; `conditions` are added from the Job's observation on reading. */
export interface DeploymentStatus {
  state: DeploymentStatusState;
  /** Set while RUNNING: the Job, and when RUNNING was first entered for it. */
  running?: { jobId: string; transitionTime: number };
  failure?: Failure;
  /** Set while TRANSITIONING. */
  transitioningSince?: number;
}

/** One Deployment. `revision` rises with each write of the workflow; an older revision or fence never overwrites a newer. */
export interface DeploymentRecord {
  id: string;
  namespace: string;
  name: string;
  /** `metadata.resourceVersion`: +1 per stored change of the document or the status. */
  resourceVersion: number;
  /** Counts accepted changes of `spec` (and upgrade-relevant annotations) from 1: `deployment.spec.version`. */
  specVersion: number;
  createdAt: number;
  modifiedAt: number;
  displayName?: string;
  labels?: Record<string, string>;
  /** User annotations only; server annotations are derived on reading. */
  annotations?: Record<string, string>;
  /** `DeploymentSpec`, fully expanded (S11). */
  spec: Record<string, unknown>;
  status: DeploymentStatus;
  /** Incarnation of the workflow that writes; raised when a lost workflow is created again (S21). */
  fence: number;
  revision: number;
  /** The workflow's whole state, from which a lost workflow is created again (F65). Opaque to the store. */
  workflowState: Record<string, unknown>;
}

/** A Deployment as lists carry it: without the workflow's state, which is tens of kilobytes each and read by no list. */
export type ListedDeployment = Omit<DeploymentRecord, 'workflowState'>;

/** One Job: one attempt to run the Deployment, on a cluster of its own. */
export interface JobRecord {
  id: string;
  deploymentId: string;
  namespace: string;
  deploymentName: string;
  /** Order of Jobs of one Deployment: (sequence, attempt). */
  sequence: number;
  attempt: number;
  /** specVersion under which it was made. */
  specVersion: number;
  /** DeploymentTarget (name or id, within the namespace) that holds its cluster. */
  target: string;
  state: JobState;
  /** Frozen copy of the template with the rendered configuration (api.md 2.2 `spec`). No secrets. */
  spec: Record<string, unknown>;
  failure?: Failure;
  startedAt?: number;
  terminatedAt?: number;
}

/** One Savepoint, retained checkpoint or registered copy. */
export interface SavepointRecord {
  id: string;
  deploymentId: string;
  namespace: string;
  jobId?: string;
  specVersion: number;
  origin: SavepointOrigin;
  /** True when a stateful upgrade asked for it: `enumLevel` 2.0 shows SUSPEND as SUSPEND_AND_UPGRADE. */
  forUpgrade?: boolean;
  state: SavepointState;
  type?: 'FULL' | 'INCREMENTAL' | 'UNKNOWN';
  location?: string;
  /** Of one that Sluice asks for its own id, which is Flink's trigger id (without dashes, there); of a copy what was given. */
  flinkSavepointId?: string;
  failure?: Failure;
}

/** An event to append. `key` makes the append idempotent: the same key is stored once per Deployment. */
export interface NewEvent {
  key: string;
  name: EventName;
  message: string;
  jobId?: string;
  /** When it happened; the store makes `createdAt` strictly increasing per Deployment, in microseconds. */
  at: number;
}

/** One write of a workflow: all or nothing, in one transaction; a second delivery changes nothing. */
export interface RecordBatch {
  deploymentId: string;
  namespace: string;
  fence: number;
  /**
   * The run of the Deployment's workflow that writes, and the revision it began with: a run that begins below what is
   * stored was reset to its past, and must stop (S21). Absent in the writes of its steps, which never outrun it.
   */
  run?: { id: string; from: number };
  /** When this was decided, by the workflow's clock: `createdAt` and `modifiedAt` of the Jobs and Savepoints in it. */
  at: number;
  deployment?: DeploymentRecord;
  jobs?: JobRecord[];
  savepoints?: SavepointRecord[];
  events?: NewEvent[];
}

/** What a watcher last saw of a running Job; its own table, overwritten in place (temporal.md 8). */
export interface JobObservationRecord {
  jobId: string;
  deploymentId: string;
  flinkJobState: ObservedFlinkJobState;
  restarts: number;
  seenAt: number;
  /** Newest complete, addressable checkpoint or savepoint that Flink named. */
  checkpoint?: { id: number; path: string; isSavepoint: boolean; completedAt?: number };
  conditions: ConditionRecord[];
  /** Carried between polls by the watcher: when trouble began, restarts seen when. Opaque. */
  memory?: Record<string, unknown>;
}

export interface ConditionRecord {
  type: 'JobFailing' | 'JobUnstable' | 'ClusterUnreachable';
  status: 'True' | 'False' | 'Unknown';
  reason: string;
  message: string;
  lastTransitionTime: number;
  lastUpdateTime: number;
}

/** A namespace of Kubernetes. */
export interface KubernetesPlace {
  /** Empty: the context's, or Sluice's own. */
  namespace: string;
  /** Which of the worker's kubeconfig; absent: its current one, or the cluster that Sluice runs in. */
  context?: string;
}

/** A DeploymentTarget as stored. `spec` has exactly one key: `local` or `kubernetes`. */
export interface DeploymentTargetRecord {
  id: string;
  namespace: string;
  name: string;
  resourceVersion: number;
  createdAt: number;
  modifiedAt: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  spec: { local?: Record<string, never>; kubernetes?: KubernetesPlace };
}

export interface EventRecord extends Omit<NewEvent, 'at' | 'key'> {
  id: string;
  deploymentId: string;
  namespace: string;
  /** 1..n without gaps per Deployment (S10). */
  number: number;
  /** Strictly increasing per namespace, microseconds since the epoch (api.md 2.4). */
  createdAtMicros: number;
}

/** A row with the bookkeeping the store adds. */
export type Stored<T> = T & { resourceVersion: number; createdAt: number; modifiedAt: number };
