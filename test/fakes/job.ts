import { type FlinkJobState, terminalFlinkJobStates } from '../../src/core/vocabulary.ts';
import { Checkpoints } from './checkpoints.ts';
import { Timers } from './clock.ts';
import type { StateConfiguration } from './configuration.ts';
import type { WorldParts } from './parts.ts';
import type { FakeProgram } from './program.ts';
import type { Capture } from './storage.ts';

/** What a job needs of the cluster it runs on. */
export interface JobHost {
  readonly clusterId: string;
  readonly deploymentId: string;
  freeSlots(): number;
  /** Slots came free, and the job's time in the job store begins. */
  jobEnded(job: FakeJob): void;
}

export interface JobStart {
  id: string;
  program: FakeProgram;
  parallelism: number;
  configuration: StateConfiguration;
  runConfiguration: Record<string, string>;
  origin?: { path: string; capture: Capture };
}

type TaskState =
  | 'CREATED'
  | 'SCHEDULED'
  | 'INITIALIZING'
  | 'RUNNING'
  | 'CANCELED'
  | 'FAILED'
  | 'FINISHED';

/** A job as its JobManager runs it, with a counter that grows while its tasks run and survives by captures only. */
export class FakeJob {
  readonly id: string;
  readonly deploymentId: string;
  readonly clusterId: string;
  readonly program: FakeProgram;
  readonly parallelism: number;
  readonly configuration: StateConfiguration;
  readonly runConfiguration: Record<string, string>;
  readonly checkpoints: Checkpoints;
  readonly startTime: number;
  readonly exceptions: { at: number; rootCause: string }[] = [];
  endTime: number | undefined;
  restarts = 0;
  /** Its tasks ran at least once. */
  ran = false;
  readonly #parts: WorldParts;
  readonly #host: JobHost;
  readonly #timers: Timers;
  readonly #stateType: string;
  #state: FlinkJobState = 'INITIALIZING';
  #tasks: TaskState = 'CREATED';
  #base: number;
  #countingSince: number | undefined;
  #tasksLost = false;
  #orphan: 'no' | 'tasks-run-on' | 'gone' = 'no';

  constructor(parts: WorldParts, host: JobHost, start: JobStart) {
    this.#parts = parts;
    this.#host = host;
    this.#timers = new Timers(parts.options.clock);
    this.id = start.id;
    this.deploymentId = host.deploymentId;
    this.clusterId = host.clusterId;
    this.program = start.program;
    this.parallelism = start.program.parallelism ?? start.parallelism;
    this.configuration = start.configuration;
    this.runConfiguration = start.runConfiguration;
    this.startTime = parts.options.clock.now();
    this.#base = start.origin?.capture.counter ?? 0;
    this.#stateType = start.origin?.capture.stateType ?? start.program.stateType;
    this.checkpoints = new Checkpoints(parts, this, start.configuration, start.origin);
  }

  get state(): FlinkJobState {
    return this.#state;
  }

  get tasks(): TaskState {
    return this.#tasks;
  }

  get isTerminal(): boolean {
    return terminalFlinkJobStates.includes(this.#state);
  }

  /** It runs, or may run again: what S1 counts. A dead JobManager's tasks run on until the heartbeat times out. */
  get isLive(): boolean {
    return this.#orphan === 'no' ? !this.isTerminal : this.#orphan === 'tasks-run-on';
  }

  /** Its JobManager is dead: it cannot come back, though its tasks may run on. */
  get isOrphan(): boolean {
    return this.#orphan !== 'no';
  }

  /** All its tasks run: the one state in which Flink takes a savepoint. */
  get canCapture(): boolean {
    return this.#state === 'RUNNING' && this.#tasks === 'RUNNING' && this.#orphan === 'no';
  }

  /** False between a TaskManager's death and the JobManager's notice of it. */
  get tasksAnswer(): boolean {
    return !this.#tasksLost;
  }

  get usedSlots(): number {
    return this.#tasks === 'INITIALIZING' || this.#tasks === 'RUNNING' ? this.parallelism : 0;
  }

  get counter(): number {
    if (this.#countingSince === undefined) return this.#base;
    const { clock, countPerMs } = this.#parts.options;
    return this.#base + (clock.now() - this.#countingSince) * countPerMs;
  }

  begin(): void {
    this.#timers.after(this.#parts.options.initialisingMs, () => this.#schedule());
  }

  /** Deploys if the slots suffice; called again whenever slots come. A job waits for them as RUNNING (flink.md 4). */
  offerSlots(): void {
    if (this.#tasks !== 'SCHEDULED' || this.program.neverDeploys === true) return;
    if (this.#host.freeSlots() < this.parallelism) return;
    this.#tasks = 'INITIALIZING';
    this.#timers.after(this.#parts.options.deployMs, () => this.#run());
  }

  /** A TaskManager with its tasks died: nothing counts any more, and the JobManager notices later. */
  loseTasks(taskManagerId: string): void {
    if (this.usedSlots === 0) return;
    if (this.#state === 'CANCELLING') {
      this.#timers.after(this.#parts.options.detectionMs, () => this.#end('CANCELED'));
      return;
    }
    this.#halt();
    this.#tasksLost = true;
    const cause = `JobMasterException: TaskManager with id ${taskManagerId} is no longer reachable.`;
    this.#timers.after(this.#parts.options.detectionMs, () => this.crash(cause));
  }

  /** A task fails: restart by the strategy, or the end. */
  crash(cause: string): void {
    if (this.isTerminal || this.#state === 'CANCELLING') return;
    this.#halt();
    this.#tasksLost = false;
    if (this.restarts >= this.program.restarts) {
      this.fail(cause);
      return;
    }
    this.#note(cause);
    this.#state = 'RESTARTING';
    this.#tasks = 'FAILED';
    this.#timers.after(this.#parts.options.restartDelayMs, () => {
      this.restarts += 1;
      this.#base = this.checkpoints.rollBack();
      this.#schedule();
    });
  }

  /** The end without a restart. */
  fail(cause: string): void {
    this.#note(cause);
    this.#end('FAILED');
  }

  finish(): void {
    this.#end('FINISHED');
  }

  /** Sources stopped for a stop-with-savepoint: the counter stands where the savepoint has it. */
  quiesce(): void {
    this.#halt();
  }

  cancel(): void {
    if (this.#state === 'CANCELLING') return;
    this.#halt();
    this.#state = 'CANCELLING';
    if (this.program.cancelHangs === true) return;
    this.#timers.after(this.#parts.options.cancelMs, () => this.#end('CANCELED'));
  }

  /** The JobManager died without a word. */
  orphan(): void {
    const running = this.usedSlots > 0 && !this.isTerminal;
    this.#timers.cancelAll();
    this.checkpoints.stop();
    this.#orphan = 'tasks-run-on';
    if (!running) this.tasksGone();
    else this.#timers.after(this.#parts.options.heartbeatTimeoutMs, () => this.tasksGone());
  }

  /** No process is left that could run a task of it. */
  tasksGone(): void {
    if (this.#orphan === 'no') return;
    this.#halt();
    this.checkpoints.release();
    this.#orphan = 'gone';
  }

  #schedule(): void {
    this.#state = 'RUNNING';
    this.#tasks = 'SCHEDULED';
    this.offerSlots();
  }

  #run(): void {
    this.#tasks = 'RUNNING';
    if (this.#stateType !== this.program.stateType) {
      this.crash(incompatible);
      return;
    }
    this.ran = true;
    this.#countingSince = this.#parts.options.clock.now();
    this.checkpoints.start();
    const { failsAfterMs, finishesAfterMs } = this.program;
    if (failsAfterMs !== undefined) {
      this.#timers.after(failsAfterMs, () => this.crash('RuntimeException: the user code failed'));
    }
    if (finishesAfterMs !== undefined) this.#timers.after(finishesAfterMs, () => this.finish());
    this.#tell('job-running');
  }

  #halt(): void {
    this.#base = this.counter;
    this.#countingSince = undefined;
    this.#timers.cancelAll();
    this.checkpoints.stop();
  }

  #end(state: 'FAILED' | 'CANCELED' | 'FINISHED'): void {
    if (this.isTerminal) return;
    this.#halt();
    this.#state = state;
    this.#tasks = state;
    this.endTime = this.#parts.options.clock.now();
    this.checkpoints.end(state);
    this.#host.jobEnded(this);
    this.#tell('job-ended');
  }

  #note(rootCause: string): void {
    this.exceptions.unshift({ at: this.#parts.options.clock.now(), rootCause });
  }

  #tell(what: 'job-running' | 'job-ended'): void {
    const { id: flinkJobId, deploymentId, clusterId, state } = this;
    this.#parts.happenings.tell({ what, deploymentId, clusterId, flinkJobId, state });
  }
}

const incompatible =
  'StateMigrationException: For heap backends, the new state serializer must not be incompatible with the old state serializer';
