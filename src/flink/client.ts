import type { FlinkJobState } from '../core/vocabulary.ts';

/** Finds the REST API of a cluster. Cheap; nothing is called until a method of the endpoint is. */
export interface FlinkClient {
  /**
   * @param restUrl base URL, as a target reports it.
   * @param clusterId what `sluice.cluster-id` in `/jobmanager/config` must read: no answer counts before it was read
   *   back once (design.md 3), and it is read again after a transport error. Another id is `FLINK_UNREACHABLE`.
   */
  at(restUrl: string, clusterId: string): FlinkEndpoint;
  close(): Promise<void>;
}

/** The key in a cluster's configuration that carries its own id. */
export const clusterIdKey = 'sluice.cluster-id';

/**
 * The calls of reliability.md 3.1, both Flink lines. Replies are untrusted: bounded in size, checked by zod, and an
 * unreadable one is `Unreachable('FLINK_UNREACHABLE')`, because it proves nothing (S25, F36b). Every method throws that on
 * transport errors, time-outs, 5xx without a Flink error and 503; every call is bounded (10 s by default; `run` by its own).
 */
export interface FlinkEndpoint {
  /** `/overview`: version and slots. */
  overview(signal: AbortSignal): Promise<FlinkOverview>;
  /** `/jobmanager/config` as a map. */
  configuration(signal: AbortSignal): Promise<Record<string, string>>;
  taskManagers(signal: AbortSignal): Promise<{ id: string; slots: number; freeSlots: number }[]>;
  jobs(signal: AbortSignal): Promise<{ id: string; name: string; state: FlinkJobState }[]>;
  /** `undefined`: this JobManager does not know the job, which is no proof of its end. */
  job(jobId: string, signal: AbortSignal): Promise<FlinkJob | undefined>;
  /** `/jobs/:id/status`: uncached and cheap. `undefined` as in {@link job}. */
  jobState(jobId: string, signal: AbortSignal): Promise<FlinkJobState | undefined>;
  /** `/jobs/:id/config` `execution-config.job-parallelism` and `user-config`. */
  jobConfiguration(
    jobId: string,
    signal: AbortSignal,
  ): Promise<{ parallelism: number; userConfig: Record<string, string> } | undefined>;
  /**
   * `undefined`: job not known here. A job that takes no checkpoints has counts of 0 (1.20, 2.x), where older versions
   * say 404; its savepoints and what it was restored from are in the answer all the same.
   */
  checkpoints(jobId: string, signal: AbortSignal): Promise<FlinkCheckpoints | undefined>;
  /** `/jobs/:id/checkpoints/config`; `undefined`: job not known here, or it takes no checkpoints. */
  checkpointConfiguration(
    jobId: string,
    signal: AbortSignal,
  ): Promise<{ intervalMs: number; timeoutMs: number; retained: boolean } | undefined>;
  /**
   * Newest first; `rootCause` is the last `Caused by:` line (or the first line), at most 1,000 characters. Empty also
   * when the job is not known here; so are the metrics below.
   */
  exceptions(
    jobId: string,
    max: number,
    signal: AbortSignal,
  ): Promise<{ at: number; rootCause: string }[]>;
  /** Values as Flink gives them; names it does not know (yet) are absent. */
  metrics(jobId: string, names: string[], signal: AbortSignal): Promise<Record<string, string>>;
  /** Job metrics of all subtasks of one vertex, aggregated. */
  vertexMetrics(
    jobId: string,
    vertexId: string,
    names: string[],
    aggregate: 'sum' | 'max' | 'min',
    signal: AbortSignal,
  ): Promise<Record<string, number>>;

  jars(signal: AbortSignal): Promise<{ id: string; name: string }[]>;
  /** @returns the jar's id. A second upload is a second copy: look first. */
  uploadJar(path: string, name: string, signal: AbortSignal): Promise<string>;
  deleteJar(jarId: string, signal: AbortSignal): Promise<void>;
  /**
   * `POST /jars/:id/run`. Whatever it answers, `job(jobId)` decides whether the job exists (flink.md 4): after a time-out
   * `main()` may still be at work and submit later, under this id.
   * @throws {Refused} FLINK_REQUEST_REFUSED with Flink's root cause.
   */
  run(request: RunRequest, signal: AbortSignal): Promise<void>;

  /** Accepted is not done. Never share a trigger id between a savepoint and a stop. */
  triggerSavepoint(request: SavepointRequest, signal: AbortSignal): Promise<void>;
  stopWithSavepoint(
    request: SavepointRequest & { drain?: boolean },
    signal: AbortSignal,
  ): Promise<void>;
  savepointOperation(
    jobId: string,
    triggerId: string,
    signal: AbortSignal,
  ): Promise<SavepointOperation>;
  /** `not-found` proves nothing; `terminal`: it had reached another end before. */
  cancel(jobId: string, signal: AbortSignal): Promise<'accepted' | 'terminal' | 'not-found'>;
  /**
   * Triggers the disposal of a savepoint and waits for its end.
   * @throws {Refused} SAVEPOINT_FAILED with Flink's reason, also when there is nothing at the path (any more).
   */
  disposeSavepoint(path: string, signal: AbortSignal): Promise<void>;
}

export interface FlinkOverview {
  flinkVersion: string;
  taskManagers: number;
  slotsTotal: number;
  slotsAvailable: number;
}

export interface FlinkJob {
  id: string;
  name: string;
  state: FlinkJobState;
  startTime: number;
  endTime?: number;
  maxParallelism?: number;
  vertices: { id: string; name: string; parallelism: number; status: string }[];
}

/** A checkpoint or savepoint with an address. `<checkpoint-not-externally-addressable>` is left out (R22). */
export interface FlinkCheckpoint {
  id: number;
  path: string;
  isSavepoint: boolean;
  completedAt?: number;
}

export interface FlinkCheckpoints {
  counts: {
    restored: number;
    total: number;
    inProgress: number;
    completed: number;
    failed: number;
  };
  /** Largest id of completed, savepoint and history entries that are COMPLETED, addressable and not discarded. */
  newest?: FlinkCheckpoint;
  latestSavepoint?: FlinkCheckpoint;
  /** A savepoint that Flink is taking at this moment. */
  pendingSavepoint?: {
    triggeredAt: number;
    subtasks: number;
    acknowledged: number;
    bytes: number;
  };
  restored?: { id: number; path?: string; isSavepoint: boolean; at: number };
  latestFailed?: { id: number; failedAt?: number; message?: string };
}

export interface RunRequest {
  jarId: string;
  /** The Job's UUID without dashes: the idempotency key of the submission (design.md 2). */
  jobId: string;
  /** Decides the spelling of the restore mode: `claimMode` on 2.x, `restoreMode` on 1.x; always NO_CLAIM. */
  flinkVersion: string;
  entryClass?: string;
  programArgs: string[];
  parallelism: number;
  savepointPath?: string;
  allowNonRestoredState?: boolean;
  flinkConfiguration?: Record<string, string>;
}

export interface SavepointRequest {
  jobId: string;
  targetDirectory: string;
  /** 32 hex digits, stored before the first call. */
  triggerId: string;
}

/**
 * `unknown`: never asked, expired, or the JobManager restarted. `failed` with `location`: the savepoint exists although the
 * operation says failure (StopWithSavepointStoppingException, plain or wrapped; flink.md 5, R02). `unlocated`: Flink says
 * COMPLETED and not where, so that a savepoint may exist (F19).
 */
export type SavepointOperation =
  | { status: 'in-progress' }
  | { status: 'completed'; location: string }
  | { status: 'failed'; cause: string; location?: string; jobNotFound?: boolean; unlocated?: true }
  | { status: 'unknown' };
