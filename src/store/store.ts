import type { ClusterHolder } from '../core/cluster.ts';
import type {
  DeploymentRecord,
  DeploymentTargetRecord,
  EventRecord,
  JobObservationRecord,
  JobRecord,
  ListedDeployment,
  RecordBatch,
  SavepointRecord,
  Stored,
} from '../core/records.ts';

/**
 * The read side and the memory beyond Temporal: SQLite embedded, Postgres in production, one schema. Every call throws
 * `Unreachable('STORE_UNAVAILABLE')` when the database does not answer. Writes of workflows are idempotent and fenced.
 */
export interface Store {
  deployments: {
    /** Oldest first. */
    list(namespace: string): Promise<ListedDeployment[]>;
    get(id: string): Promise<DeploymentRecord | undefined>;
    getByName(namespace: string, name: string): Promise<DeploymentRecord | undefined>;
    /**
     * First row of a new Deployment (api POST), with its first events. A repeat (same id, namespace and name) changes
     * nothing, whatever became of the Deployment meanwhile. @throws {Refused} NAME_TAKEN.
     */
    insert(record: DeploymentRecord, events: RecordBatch['events']): Promise<void>;
    /** Whether this run of its workflow writes the row, or wrote it until another one took over (S21). */
    isWrittenBy(id: string, runId: string): Promise<boolean>;
    /** All Deployments of all namespaces: id, namespace, fence, status; for the sweep. */
    listForSweep(): Promise<
      Pick<DeploymentRecord, 'id' | 'namespace' | 'fence' | 'revision' | 'status'>[]
    >;
    /** Raises the fence of a lost workflow's row and returns the record; concurrent callers get different fences. */
    raiseFence(id: string): Promise<DeploymentRecord | undefined>;
    /** Removes the Deployment with its Jobs, Savepoints, Events and observations (api.md 3.9), in one transaction. */
    remove(id: string, fence: number): Promise<void>;
  };
  /**
   * The only write of workflows. @throws {Refused} FENCED_OUT when the row carries a higher fence, is written by a run that
   * knows more, or is gone.
   */
  write(batch: RecordBatch): Promise<void>;
  jobs: {
    list(namespace: string, filter: { deploymentId?: string }): Promise<Stored<JobRecord>[]>;
    get(id: string): Promise<Stored<JobRecord> | undefined>;
    /**
     * Who holds the cluster of a Job: the first installation that asked for it, for good.
     * @returns undefined when the store has no such Job: its Deployment was deleted.
     */
    holder(id: string, asking: ClusterHolder): Promise<ClusterHolder | undefined>;
    /** The same, asked without a claim. @returns undefined when nobody holds it. */
    heldBy(id: string): Promise<ClusterHolder | undefined>;
    /** Jobs of one Deployment that are not terminal. */
    open(deploymentId: string): Promise<Stored<JobRecord>[]>;
  };
  savepoints: {
    list(
      namespace: string,
      filter: { deploymentId?: string; jobId?: string },
    ): Promise<Stored<SavepointRecord>[]>;
    get(id: string): Promise<Stored<SavepointRecord> | undefined>;
  };
  events: {
    /** Oldest first. */
    list(
      namespace: string,
      filter: {
        deploymentId?: string;
        jobId?: string;
        afterNumber?: number;
        /** Only the newest so many. */
        latest?: number;
      },
    ): Promise<EventRecord[]>;
  };
  observations: {
    put(record: JobObservationRecord): Promise<void>;
    get(jobId: string): Promise<JobObservationRecord | undefined>;
    /** Of these Jobs, as far as they were seen. */
    forJobs(jobIds: string[]): Promise<JobObservationRecord[]>;
  };
  targets: {
    list(namespace: string): Promise<DeploymentTargetRecord[]>;
    /** Of every namespace. */
    all(): Promise<DeploymentTargetRecord[]>;
    get(namespace: string, idOrName: string): Promise<DeploymentTargetRecord | undefined>;
    /** @throws {Refused} NAME_TAKEN. */
    insert(record: DeploymentTargetRecord): Promise<void>;
    /**
     * Stores the record in place of its predecessor, whose `resourceVersion` is one less; a repetition is harmless.
     * @throws {Refused} GENERATION_CONFLICT when another change or the removal came first.
     */
    update(record: DeploymentTargetRecord): Promise<void>;
    /**
     * @throws {Refused} NOT_POSSIBLE_NOW while a Deployment of the namespace refers to it, or a Job that has not ended
     *   holds a cluster there.
     */
    remove(namespace: string, id: string): Promise<void>;
  };
  /** A write that changes nothing: answers when the database does and can store. For readiness. */
  tryWrite(): Promise<void>;
  close(): Promise<void>;
}
