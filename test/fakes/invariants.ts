import type { ClusterSpec } from '../../src/core/cluster.ts';
import { terminalJobStates } from '../../src/core/vocabulary.ts';
import type { FakeCluster } from './cluster.ts';
import type { FakeJob } from './job.ts';
import type { WorldOptions } from './options.ts';
import type { Capture } from './storage.ts';
import type { TraceEntry } from './trace.ts';
import { Violations } from './violations.ts';

/** A promise, opted in by a test, that certain jobs are not stopped before a savepoint of theirs completed (S2). */
interface Expectation {
  deploymentId: string;
  jobs: { job: FakeJob; savepointsBefore: number }[];
}

/** The rules of reliability.md 1.1 that the world itself can judge. Each check runs right before the effect. */
export class Invariants {
  readonly violations = new Violations();
  readonly #options: WorldOptions;
  readonly #clusters: () => FakeCluster[];
  readonly #quiet = new Set<string>();
  readonly #registered = new Set<string>();
  readonly #expectations = new Set<Expectation>();

  constructor(options: WorldOptions, clusters: () => FakeCluster[]) {
    this.#options = options;
    this.#clusters = clusters;
  }

  /** No external write for the Deployment from now on (S5 after its delete, S7 after FAILED, L5). */
  declareQuiet(deploymentId: string): void {
    this.#quiet.add(deploymentId);
  }

  endQuiet(deploymentId: string): void {
    this.#quiet.delete(deploymentId);
  }

  /** A principal with the right registered the path for the Deployment (S4). */
  registerPath(deploymentId: string, path: string): void {
    this.#registered.add(`${deploymentId} ${path}`);
  }

  /** Covers the jobs that live now. @returns ends the expectation. @throws when there is none: it could not fail. */
  expectSavepointBeforeStop(deploymentId: string): () => void {
    const jobs = this.#liveJobs(deploymentId).map((job) => ({
      job,
      savepointsBefore: savepointsOf(job),
    }));
    if (jobs.length === 0) throw new Error(`${deploymentId} has no live job to watch over`);
    const expectation = { deploymentId, jobs };
    this.#expectations.add(expectation);
    return () => this.#expectations.delete(expectation);
  }

  mayWrite(entry: TraceEntry): void {
    if (entry.deploymentId !== undefined && this.#quiet.has(entry.deploymentId)) {
      this.violations.raise(
        'S7',
        `${entry.kind} for ${entry.deploymentId}, which is declared quiet`,
      );
    }
  }

  /** S1: besides a serving cluster only a declared standby, and no second one of either. */
  mayMakeCluster(spec: ClusterSpec): void {
    for (const other of this.#clusters()) {
      if (other.deploymentId !== spec.deploymentId || !other.hasProcesses || other.closing)
        continue;
      const role = roleOf(other);
      if (role === 'ended') continue;
      if (role === 'fresh' && this.#isBeingRemoved(other)) continue;
      if (role === 'serving' && this.#passesAsStandby(spec.jobId)) continue;
      const text = `cluster ${spec.clusterId} would be made beside ${role} cluster ${other.clusterId}`;
      this.violations.raise('S1', text);
    }
  }

  /** S1: at most one job that is not globally terminal. Warm-up jobs are none of the Deployment's. */
  mayRun(cluster: FakeCluster, flinkJobId: string): void {
    for (const live of this.#liveJobs(cluster.deploymentId)) {
      const text = `job ${flinkJobId} would run beside ${live.state} job ${live.id} on ${live.clusterId}`;
      this.violations.raise('S1', text);
    }
  }

  /** S4: produced by a job of this Deployment, or registered for it. */
  mayRestore(deploymentId: string, path: string, capture: Capture): void {
    if (capture.deploymentId === deploymentId) return;
    if (this.#registered.has(`${deploymentId} ${path}`)) return;
    const text = `${deploymentId} would restore ${path}, which ${capture.deploymentId} produced`;
    this.violations.raise('S4', text);
  }

  /** S2: a cancel of the job, or the end of its cluster. What outlived its JobManager has to be removed. */
  mayStop(job: FakeJob, by: string): void {
    if (!job.isLive || job.isOrphan) return;
    for (const expectation of this.#expectations) {
      const watched = expectation.jobs.find((one) => one.job === job);
      if (watched === undefined || savepointsOf(job) > watched.savepointsBefore) continue;
      this.violations.raise(
        'S2',
        `${by} hits live job ${job.id} before a savepoint of it completed`,
      );
    }
  }

  #liveJobs(deploymentId: string): FakeJob[] {
    return this.#clusters()
      .filter((cluster) => cluster.deploymentId === deploymentId)
      .flatMap((cluster) => cluster.ownJobs)
      .filter((job) => job.isLive);
  }

  #passesAsStandby(jobId: string): boolean {
    const record = this.#options.jobRecordState?.(jobId);
    return this.#options.jobRecordState === undefined || record === 'STANDBY';
  }

  #isBeingRemoved(cluster: FakeCluster): boolean {
    const record = this.#options.jobRecordState?.(cluster.spec.jobId);
    return record === 'TERMINATING' || (record !== undefined && terminalJobStates.includes(record));
  }
}

/** `fresh`: it ran nothing but the warm-up. `ended`: what it ran is over and cannot come back. */
function roleOf(cluster: FakeCluster): 'fresh' | 'serving' | 'ended' {
  if (cluster.ownJobs.length === 0) return 'fresh';
  return cluster.ownJobs.some((job) => job.isLive) ? 'serving' : 'ended';
}

const savepointsOf = (job: FakeJob): number => job.checkpoints.savepointsTaken;
