import type { JobState } from '../../src/core/vocabulary.ts';
import { type Clock, realClock } from './clock.ts';

/** How fast and how large the world is. All times in milliseconds of its clock. */
export interface WorldOptions {
  clock: Clock;
  /** Live clusters the target has room for; beyond it NO_ROOM_ON_TARGET. */
  maxClusters: number;
  /** Versions the target knows, as prefixes (`2.3` knows `2.3.0`); undefined: it knows all. */
  flinkVersions: readonly string[] | undefined;
  /** Every call takes this long before its effect. */
  latencyMs: number;
  /** How long a caller waits for a silent or slow endpoint before Unreachable. */
  callTimeoutMs: number;
  jobManagerStartMs: number;
  taskManagerStartMs: number;
  teardownMs: number;
  /** `main()`, inside the run request. */
  runMs: number;
  /** How long a caller waits for the answer to a run request; `main()` works on. */
  runLimitMs: number;
  initialisingMs: number;
  /** From slots to running tasks. */
  deployMs: number;
  checkpointEveryMs: number;
  /** `execution.checkpointing.timeout` as Flink tells it. */
  checkpointTimeoutMs: number;
  /** From a checkpoint's trigger to its `_metadata`. */
  checkpointMs: number;
  savepointMs: number;
  /** From a stop's savepoint to the job's end. */
  stopMs: number;
  cancelMs: number;
  restartDelayMs: number;
  /** From a TaskManager's death to the JobManager noticing. */
  detectionMs: number;
  /** Tasks outlive their JobManager by this (flink.md 8). */
  heartbeatTimeoutMs: number;
  /** `rest.async.store-duration`: how long a finished operation's trigger id is known. */
  operationMemoryMs: number;
  /** `jobstore.expiration-time`: how long an ended job is listed. */
  jobMemoryMs: number;
  /** A warm-up job ends after this. */
  warmUpMs: number;
  /** Growth of a running job's state counter. */
  countPerMs: number;
  /**
   * What the Job's record says, for S1's two exceptions (STANDBY, TERMINATING). Without it the world judges by what a
   * cluster ran: one that ran nothing but the warm-up passes as a standby.
   */
  jobRecordState: ((jobId: string) => JobState | undefined) | undefined;
}

/** A world whose Deployment is up within 30 ms and takes a checkpoint every 25 ms. */
export const defaultWorldOptions: WorldOptions = {
  clock: realClock,
  maxClusters: 16,
  flinkVersions: undefined,
  latencyMs: 0,
  callTimeoutMs: 50,
  jobManagerStartMs: 4,
  taskManagerStartMs: 6,
  teardownMs: 3,
  runMs: 2,
  runLimitMs: 60,
  initialisingMs: 2,
  deployMs: 2,
  checkpointEveryMs: 25,
  checkpointTimeoutMs: 500,
  checkpointMs: 2,
  savepointMs: 4,
  stopMs: 3,
  cancelMs: 3,
  restartDelayMs: 4,
  detectionMs: 5,
  heartbeatTimeoutMs: 20,
  operationMemoryMs: 604_800_000,
  jobMemoryMs: 604_800_000,
  warmUpMs: 3,
  countPerMs: 1,
  jobRecordState: undefined,
};
