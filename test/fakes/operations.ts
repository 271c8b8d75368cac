import type { SavepointOperation, SavepointRequest } from '../../src/flink/client.ts';
import type { Call } from './calls.ts';
import { Timers } from './clock.ts';
import type { FakeJob } from './job.ts';
import type { SavepointOutcome } from './outcomes.ts';
import type { WorldParts } from './parts.ts';

interface Operation {
  kind: 'savepoint' | 'stop';
  flinkJobId: string;
  result: SavepointOperation;
  /** Another stop with another trigger id was under way with it. */
  contested: boolean;
  written?: string;
}

/** One Dispatcher's memory of savepoints and stops: gone with its process, and idempotent by trigger id till then. */
export class Operations {
  readonly #parts: WorldParts;
  readonly #timers: Timers;
  readonly #byTrigger = new Map<string, Operation>();
  #captures = 0;

  constructor(parts: WorldParts) {
    this.#parts = parts;
    this.#timers = new Timers(parts.options.clock);
  }

  /** A known trigger id starts nothing, whatever it was for: a savepoint's id makes a stop do nothing (flink.md 5). */
  trigger(
    kind: Operation['kind'],
    job: FakeJob | undefined,
    request: SavepointRequest,
    call: Call,
  ): void {
    const key = keyOf(request.jobId, request.triggerId);
    if (this.#byTrigger.has(key)) return;
    const refusal = whyNot(job, request.jobId);
    if (refusal === undefined) call.writes();
    const operation: Operation = {
      kind,
      flinkJobId: request.jobId,
      result: { status: 'in-progress' },
      contested: false,
    };
    this.#byTrigger.set(key, operation);
    if (job === undefined || refusal !== undefined) {
      this.#settle(operation, refusal ?? notFound(request.jobId));
    } else this.#begin(operation, job, request);
  }

  read(flinkJobId: string, triggerId: string): SavepointOperation {
    return this.#byTrigger.get(keyOf(flinkJobId, triggerId))?.result ?? { status: 'unknown' };
  }

  /** Its process is gone: nothing under way ever ends. */
  forget(): void {
    this.#timers.cancelAll();
    this.#byTrigger.clear();
  }

  #begin(operation: Operation, job: FakeJob, request: SavepointRequest): void {
    if (operation.kind === 'stop') this.#contest(operation);
    const outcome = this.#parts.outcomes.next(job.deploymentId, operation.kind);
    job.checkpoints.beginSavepoint();
    if (outcome.is === 'never-ends') return;
    const ms = this.#parts.options.savepointMs + job.program.slowCheckpointMs;
    this.#timers.after(ms, () => this.#capture(operation, job, request, outcome));
  }

  #contest(operation: Operation): void {
    for (const other of this.#byTrigger.values()) {
      const rival = other !== operation && other.flinkJobId === operation.flinkJobId;
      if (!rival || other.kind !== 'stop' || other.result.status !== 'in-progress') continue;
      other.contested = true;
      operation.contested = true;
    }
  }

  #capture(
    operation: Operation,
    job: FakeJob,
    request: SavepointRequest,
    outcome: SavepointOutcome,
  ): void {
    job.checkpoints.endSavepoint();
    const result = this.#write(operation, job, request, outcome);
    if (result !== undefined) this.#settle(operation, result);
  }

  /** @returns the operation's end, unless it is a stop that goes on. */
  #write(
    operation: Operation,
    job: FakeJob,
    request: SavepointRequest,
    outcome: SavepointOutcome,
  ): SavepointOperation | undefined {
    const lost = operation.contested && this.#rivalWrote(operation);
    if (!job.canCapture || !job.tasksAnswer || lost) return suspending;
    if (outcome.is === 'fails') return { status: 'failed', cause: outcome.cause ?? declined };
    this.#captures += 1;
    const location = job.checkpoints.savepoint(pathFor(request, this.#captures));
    operation.written = location;
    // A listener to the file may have killed the JobManager: then nothing of this goes on.
    if (!job.canCapture) return undefined;
    if (operation.kind === 'savepoint') return completed(location, outcome);
    job.quiesce();
    const { stopMs } = this.#parts.options;
    this.#timers.after(stopMs, () => {
      this.#settle(operation, stopped(operation, job, location, outcome));
    });
    return undefined;
  }

  #rivalWrote(operation: Operation): boolean {
    return [...this.#byTrigger.values()].some(
      (other) =>
        other !== operation &&
        other.flinkJobId === operation.flinkJobId &&
        other.kind === 'stop' &&
        other.written !== undefined,
    );
  }

  #settle(operation: Operation, result: SavepointOperation): void {
    operation.result = result;
    this.#timers.after(this.#parts.options.operationMemoryMs, () => {
      for (const [key, known] of this.#byTrigger) {
        if (known === operation) this.#byTrigger.delete(key);
      }
    });
  }
}

/** The second half of a stop: the job ends, or the savepoint is there and the job fails. */
function stopped(
  operation: Operation,
  job: FakeJob,
  location: string,
  outcome: SavepointOutcome,
): SavepointOperation {
  // A cancel overtakes a stop (flink.md 5): the savepoint's file exists, the operation does not say so.
  if (!job.canCapture) return suspending;
  const failing = operation.contested ? 'failed' : outcome.is === 'job-fails' && outcome.ending;
  if (failing === false) {
    job.finish();
    return completed(location, outcome);
  }
  const cause = stoppingFailed(location, job.id);
  if (failing === 'restarts') job.crash(cause);
  else job.fail(`${cause} The failure is not recoverable`);
  return { status: 'failed', cause, location };
}

const keyOf = (flinkJobId: string, triggerId: string): string => `${flinkJobId}/${triggerId}`;

/** An ended job that is still listed is "not found" here, too (flink.md 5). */
function whyNot(job: FakeJob | undefined, flinkJobId: string): SavepointOperation | undefined {
  if (job === undefined || job.isTerminal) return notFound(flinkJobId);
  if (!job.canCapture) return { status: 'failed', cause: tasksNotRunning };
  return undefined;
}

const notFound = (flinkJobId: string): SavepointOperation => ({
  status: 'failed',
  cause: `FlinkJobNotFoundException: Could not find Flink job (${flinkJobId})`,
  jobNotFound: true,
});

const tasksNotRunning =
  'CheckpointException: Checkpoint triggering task Source is not being executed at the moment. Aborting checkpoint. Failure reason: Not all required tasks are currently running.';

const declined =
  'CheckpointException: An Exception occurred while triggering the checkpoint. IO-problem detected.';

const suspending: SavepointOperation = {
  status: 'failed',
  cause: 'CheckpointException: Checkpoint Coordinator is suspending.',
};

const stoppingFailed = (location: string, flinkJobId: string): string =>
  `StopWithSavepointStoppingException: A savepoint has been created at: ${location}, but the corresponding job ${flinkJobId} failed during stopping. The savepoint is consistent, but might have uncommitted transactions.`;

const completed = (location: string, outcome: SavepointOutcome): SavepointOperation =>
  outcome.is === 'no-location'
    ? {
        status: 'failed',
        cause: 'Flink reported the savepoint as completed without its location.',
        unlocated: true,
      }
    : { status: 'completed', location };

/** `savepoint-<6 of the job id>-<12 hex>`, without chance, so that equal runs are equal. */
const pathFor = (request: SavepointRequest, capture: number): string => {
  const tail = `${request.triggerId.slice(-8)}${capture.toString(16).padStart(4, '0')}`;
  return `${request.targetDirectory}/savepoint-${request.jobId.slice(0, 6)}-${tail}`;
};
