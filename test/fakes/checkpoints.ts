import type { FlinkJobState } from '../../src/core/vocabulary.ts';
import type { FlinkCheckpoint, FlinkCheckpoints } from '../../src/flink/client.ts';
import { Timers } from './clock.ts';
import type { StateConfiguration } from './configuration.ts';
import type { WorldParts } from './parts.ts';
import type { FakeProgram } from './program.ts';
import { asFlinkPath, type Capture } from './storage.ts';

/** What the checkpoint coordinator needs to know of its job. */
export interface CheckpointedJob {
  readonly id: string;
  readonly deploymentId: string;
  readonly clusterId: string;
  readonly program: FakeProgram;
  readonly counter: number;
}

interface Taken {
  id: number;
  path: string;
  counter: number;
  isSavepoint: boolean;
  completedAt: number;
  discarded: boolean;
}

/** One job's checkpoint coordinator: ids shared by checkpoints and savepoints, files, retention. */
export class Checkpoints {
  readonly #parts: WorldParts;
  readonly #job: CheckpointedJob;
  readonly #configuration: StateConfiguration;
  readonly #timers: Timers;
  readonly #taken: Taken[] = [];
  #nextId: number;
  #inProgress = 0;
  #failed = 0;
  #restores = 0;
  #restored: FlinkCheckpoints['restored'];
  #origin: { path: string; counter: number; id: number } | undefined;
  #savepointSince: number | undefined;

  constructor(
    parts: WorldParts,
    job: CheckpointedJob,
    configuration: StateConfiguration,
    origin: { path: string; capture: Capture } | undefined,
  ) {
    this.#parts = parts;
    this.#job = job;
    this.#configuration = configuration;
    this.#timers = new Timers(parts.options.clock);
    this.#nextId = (origin?.capture.checkpointId ?? 0) + 1;
    if (origin !== undefined) this.#restoreFrom(origin.path, origin.capture);
  }

  /** Triggers one checkpoint after another, as long as the tasks run. */
  start(): void {
    if (!this.#job.program.checkpointing) return;
    this.#timers.after(this.#parts.options.checkpointEveryMs, () => {
      this.#trigger();
      this.start();
    });
  }

  /** The tasks stopped; what was under way has failed and leaves its folder without `_metadata`. */
  stop(): void {
    this.#timers.cancelAll();
    this.#failed += this.#inProgress;
    this.#inProgress = 0;
  }

  /** State after a failover: the newest own checkpoint, else where the job was restored from, else nothing. */
  rollBack(): number {
    const newest = this.#own().at(-1);
    const to = newest ?? this.#origin;
    if (to === undefined) return 0;
    this.#restores += 1;
    this.#restored = {
      id: to.id,
      path: asFlinkPath(to.path),
      isSavepoint: newest === undefined,
      at: this.#parts.options.clock.now(),
    };
    return to.counter;
  }

  /** A savepoint is under way from here on; no task has acknowledged it. */
  beginSavepoint(): void {
    this.#savepointSince = this.#parts.options.clock.now();
  }

  endSavepoint(): void {
    this.#savepointSince = undefined;
  }

  /** Writes a savepoint of the job as it is now. @returns its path as Flink prints it. */
  savepoint(path: string): string {
    const id = this.#nextId++;
    this.#record({ id, path, isSavepoint: true });
    this.#tell('savepoint-written', path);
    return asFlinkPath(path);
  }

  /** The job is terminal: what its retention does not keep is gone (flink.md 7). */
  end(state: FlinkJobState): void {
    this.stop();
    const kept = {
      CANCELED: this.#configuration.keptOnCancel,
      FAILED: this.#configuration.keptOnFailure,
    };
    const keep = state === 'CANCELED' || state === 'FAILED' ? kept[state] : false;
    if (!keep) for (const own of this.#own()) this.#discard(own);
    this.release();
  }

  /** The job itself needs what it was restored from no longer: it is over, or has a checkpoint of its own. */
  release(): void {
    if (this.#origin !== undefined) this.#parts.storage.unpin(this.#origin.path, this.#job.id);
  }

  /** Completed savepoints of this job, whatever their operation said. */
  get savepointsTaken(): number {
    return this.#taken.filter((taken) => taken.isSavepoint).length;
  }

  view(): FlinkCheckpoints {
    const usable = this.#taken.filter((taken) => !taken.discarded).map(asFlinkCheckpoint);
    const addressable = usable.filter((one) => one.isSavepoint || !this.#job.program.unaddressable);
    const newest = addressable.at(-1);
    const latestSavepoint = addressable.filter((one) => one.isSavepoint).at(-1);
    return {
      counts: {
        restored: this.#restores,
        total: this.#taken.length + this.#inProgress + this.#failed,
        inProgress: this.#inProgress,
        completed: this.#taken.length,
        failed: this.#failed,
      },
      ...(newest === undefined ? {} : { newest }),
      ...(latestSavepoint === undefined ? {} : { latestSavepoint }),
      ...(this.#savepointSince === undefined
        ? {}
        : { pendingSavepoint: pendingSince(this.#savepointSince) }),
      ...(this.#restored === undefined ? {} : { restored: this.#restored }),
    };
  }

  /** `is_savepoint` is true after a restore by path, also from a retained checkpoint (flink.md 6). */
  #restoreFrom(path: string, capture: Capture): void {
    const { checkpointId: id, counter } = capture;
    this.#origin = { path, counter, id };
    this.#restores = 1;
    const at = this.#parts.options.clock.now();
    this.#restored = { id, path: asFlinkPath(path), isSavepoint: true, at };
    const why = `job ${this.#job.id} was restored from it and has no checkpoint of its own`;
    this.#parts.storage.pin(path, this.#job.id, why);
  }

  #trigger(): void {
    const id = this.#nextId++;
    const directory = this.#configuration.checkpointDirectory;
    const path = `${directory ?? 'jobmanager:'}/${this.#job.id}/chk-${id}`;
    this.#inProgress += 1;
    this.#parts.storage.begin(path);
    const { checkpointMs } = this.#parts.options;
    this.#timers.after(checkpointMs + this.#job.program.slowCheckpointMs, () => {
      this.#inProgress -= 1;
      this.#complete(id, path);
    });
  }

  #complete(id: number, path: string): void {
    this.#record({ id, path, isSavepoint: false });
    this.release();
    const own = this.#own();
    for (const old of own.slice(0, Math.max(0, own.length - this.#configuration.retained))) {
      this.#discard(old);
    }
    this.#tell('checkpoint-completed', path);
  }

  #record(one: { id: number; path: string; isSavepoint: boolean }): void {
    const { storage, lineage, options } = this.#parts;
    const { counter, deploymentId, program } = this.#job;
    const at = options.clock.now();
    const capture: Capture = {
      kind: one.isSavepoint ? 'savepoint' : 'checkpoint',
      deploymentId,
      flinkJobId: this.#job.id,
      checkpointId: one.id,
      counter,
      operators: [...program.operators],
      stateType: program.stateType,
      at,
    };
    storage.write(one.path, capture);
    if (one.isSavepoint || this.#isAddressable()) lineage.captured(capture);
    this.#taken.push({ ...one, counter, completedAt: at, discarded: false });
  }

  #discard(own: Taken): void {
    own.discarded = true;
    this.#parts.storage.lose(own.path);
  }

  #own = (): Taken[] => this.#taken.filter((taken) => !taken.isSavepoint && !taken.discarded);

  #isAddressable = (): boolean =>
    this.#configuration.checkpointDirectory !== undefined && !this.#job.program.unaddressable;

  #tell(what: 'checkpoint-completed' | 'savepoint-written', path: string): void {
    const { id: flinkJobId, deploymentId, clusterId } = this.#job;
    this.#parts.happenings.tell({
      what,
      deploymentId,
      clusterId,
      flinkJobId,
      path: asFlinkPath(path),
    });
  }
}

const pendingSince = (triggeredAt: number) => ({
  triggeredAt,
  subtasks: 2,
  acknowledged: 0,
  bytes: 0,
});

const asFlinkCheckpoint = (taken: Taken): FlinkCheckpoint => ({
  id: taken.id,
  path: asFlinkPath(taken.path),
  isSavepoint: taken.isSavepoint,
  completedAt: taken.completedAt,
});
