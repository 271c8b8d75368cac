import type { ClusterObservation, ClusterSpec } from '../../src/core/cluster.ts';
import { clusterIdKey } from '../../src/flink/client.ts';
import { Timers } from './clock.ts';
import { slotsPerTaskManager } from './configuration.ts';
import { FakeJob, type JobHost, type JobStart } from './job.ts';
import { Operations } from './operations.ts';
import type { WorldParts } from './parts.ts';

/** What is wrong with a cluster from its first moment. */
export interface ClusterTrouble {
  /** `silent`: the process is there, REST never answers. `exits`: it ends at once. `unscheduled`: it waits for room. */
  jobManager?: 'silent' | 'exits' | 'unscheduled';
  /** Only this many TaskManagers ever register. */
  taskManagers?: number;
  /** Keys of the configuration that Flink does not take (S30). */
  ignoredKeys?: readonly string[];
}

export interface FakeTaskManager {
  id: string;
  state: 'starting' | 'registered' | 'dead';
}

export interface FakeJar {
  id: string;
  name: string;
  /** The URI whose program it holds; for a warm-up jar its path. */
  source: string;
}

/** How a cluster's REST endpoint behaves apart from Flink. */
export type RestMood = 'answers' | 'refuses' | 'silent' | 'garbage';

/** One JobManager with its TaskManagers, and what only lives in the JobManager's memory. */
export class FakeCluster implements JobHost {
  readonly spec: ClusterSpec;
  readonly restUrl: string;
  readonly trouble: ClusterTrouble;
  readonly jobs = new Map<string, FakeJob>();
  /** Job ids this JobManager will never take again (flink.md 4). */
  readonly burnt = new Set<string>();
  readonly jars: FakeJar[] = [];
  readonly operations: Operations;
  readonly taskManagers: FakeTaskManager[] = [];
  /** Every job it ever had, for the truth that outlives a JobManager's memory. */
  readonly history: FakeJob[] = [];
  jobManager: 'starting' | 'running' | 'exited' = 'starting';
  rest: RestMood = 'answers';
  /** A destroy of it has begun. */
  closing = false;
  readonly #parts: WorldParts;
  readonly #timers: Timers;
  #made = 0;

  constructor(parts: WorldParts, spec: ClusterSpec, restUrl: string, trouble: ClusterTrouble) {
    this.#parts = parts;
    this.spec = spec;
    this.restUrl = restUrl;
    this.trouble = trouble;
    this.operations = new Operations(parts);
    this.#timers = new Timers(parts.options.clock);
    this.#startJobManager();
  }

  get clusterId(): string {
    return this.spec.clusterId;
  }

  get deploymentId(): string {
    return this.spec.deploymentId;
  }

  /** Jobs of the Deployment, Sluice's own warm-up aside. */
  get ownJobs(): FakeJob[] {
    return this.history.filter((job) => !job.program.warmUp);
  }

  get hasProcesses(): boolean {
    return this.jobManager !== 'exited' || this.#living().length > 0;
  }

  get registered(): FakeTaskManager[] {
    return this.taskManagers.filter((one) => one.state === 'registered');
  }

  get slots(): number {
    return this.registered.length * slotsPerTaskManager(this.spec.flinkConfiguration);
  }

  get configuration(): Record<string, string> {
    const { ignoredKeys = [] } = this.trouble;
    const all = {
      'web.refresh-interval': '1',
      ...this.spec.flinkConfiguration,
      [clusterIdKey]: this.clusterId,
    };
    return Object.fromEntries(Object.entries(all).filter(([key]) => !ignoredKeys.includes(key)));
  }

  freeSlots(): number {
    const used = [...this.jobs.values()].reduce((sum, job) => sum + job.usedSlots, 0);
    return this.slots - used;
  }

  /** @returns whether a process had to be started. Never starts a JobManager. */
  startMissingTaskManagers(): boolean {
    if (this.jobManager === 'exited') return false;
    const missing = this.spec.taskManagers - this.#living().length;
    for (let n = 0; n < missing; n += 1) this.#startTaskManager();
    return missing > 0;
  }

  addJob(start: JobStart): FakeJob {
    const job = new FakeJob(this.#parts, this, start);
    this.jobs.set(job.id, job);
    this.history.push(job);
    this.burnt.add(job.id);
    return job;
  }

  jobEnded(job: FakeJob): void {
    this.#timers.after(this.#parts.options.jobMemoryMs, () => this.jobs.delete(job.id));
    this.#offerSlots();
  }

  killJobManager(): void {
    if (this.jobManager === 'exited') return;
    this.jobManager = 'exited';
    this.operations.forget();
    for (const job of this.jobs.values()) job.orphan();
    this.jobs.clear();
    if (this.#living().length === 0) this.#tasksGone();
  }

  /** Ends the nth living TaskManager, or the first. */
  killTaskManager(nth = 0): void {
    const victim = this.#living()[nth];
    if (victim === undefined) throw new Error(`${this.clusterId} has no TaskManager ${nth}`);
    victim.state = 'dead';
    for (const job of this.jobs.values()) job.loseTasks(victim.id);
    if (this.#living().length === 0 && this.jobManager === 'exited') this.#tasksGone();
  }

  /** A reboot of the host: JobManager and TaskManagers at once. */
  killAll(): void {
    for (const one of this.taskManagers) one.state = 'dead';
    this.killJobManager();
    this.#tasksGone();
    this.#timers.cancelAll();
  }

  observation(): ClusterObservation {
    const trouble = this.#troubleText();
    const waits = this.trouble.jobManager === 'unscheduled' && this.jobManager === 'starting';
    return {
      kind: 'present',
      ...(waits ? { pending: '0/1 nodes are available', noRoom: true } : {}),
      ...(waits || this.jobManager === 'exited' ? {} : { restUrl: this.restUrl }),
      jobManager: this.jobManager === 'exited' ? 'exited' : 'running',
      taskManagersRunning: this.#living().length,
      taskManagersWanted: this.spec.taskManagers,
      ...(trouble === undefined ? {} : { trouble }),
    };
  }

  #startJobManager(): void {
    if (this.trouble.jobManager === 'silent' || this.trouble.jobManager === 'unscheduled') return;
    this.#timers.after(this.#parts.options.jobManagerStartMs, () => {
      if (this.trouble.jobManager === 'exits') this.killJobManager();
      else if (this.jobManager === 'starting') this.jobManager = 'running';
    });
  }

  #startTaskManager(): void {
    this.#made += 1;
    const one: FakeTaskManager = { id: `${this.clusterId}-tm-${this.#made}`, state: 'starting' };
    this.taskManagers.push(one);
    const { taskManagers: most = Number.POSITIVE_INFINITY } = this.trouble;
    this.#timers.after(this.#parts.options.taskManagerStartMs, () => {
      if (one.state === 'dead' || this.registered.length >= most) return;
      one.state = 'registered';
      this.#offerSlots();
    });
  }

  #offerSlots(): void {
    for (const job of this.jobs.values()) job.offerSlots();
  }

  #tasksGone(): void {
    for (const job of this.history) job.tasksGone();
  }

  #living = (): FakeTaskManager[] => this.taskManagers.filter((one) => one.state !== 'dead');

  #troubleText(): string | undefined {
    if (this.jobManager === 'exited') return 'JobManager exited with code 1';
    const missing = this.spec.taskManagers - this.#living().length;
    return missing > 0 ? `${missing} TaskManager(s) exited` : undefined;
  }
}
