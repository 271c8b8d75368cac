import { join } from 'node:path';
import { type CallHook, Calls } from './calls.ts';
import type { FakeCluster, RestMood } from './cluster.ts';
import { FakeArtifactFetcher } from './fake-artifacts.ts';
import { FakeFlink } from './fake-flink.ts';
import { FakeTarget } from './fake-target.ts';
import type { Fault, Faults, FaultTarget, PlannedFault } from './faults.ts';
import { Happenings } from './happenings.ts';
import { Invariants } from './invariants.ts';
import type { FakeJob } from './job.ts';
import { type Admitted, Lineage } from './lineage.ts';
import { defaultWorldOptions, type WorldOptions } from './options.ts';
import { unprovenSubmits, unverifiedStarts } from './oracles.ts';
import { Outcomes, type SavepointOutcome } from './outcomes.ts';
import { type ProgramSource, Programs } from './program.ts';
import type { RuledParts } from './ruled-parts.ts';
import { FakeStorage } from './storage.ts';
import type { CallKind, Trace } from './trace.ts';
import type { Violations } from './violations.ts';

/**
 * Clusters, jobs, storage and artifacts in one process, seen through the project's own borders ({@link target},
 * {@link flink}, {@link artifacts}). It keeps the truth: what runs, how much state each capture holds, who wrote what.
 * It throws at the call that breaks a promise, and keeps the break in {@link violations}: assert `[]` at the end.
 */
export class FakeWorld {
  readonly options: WorldOptions;
  readonly target: FakeTarget;
  readonly flink: FakeFlink;
  readonly artifacts: FakeArtifactFetcher;
  readonly storage: FakeStorage;
  readonly trace: Trace;
  readonly faults: Faults;
  readonly happenings = new Happenings();
  readonly invariants: Invariants;
  readonly violations: Violations;
  readonly #calls: Calls;
  readonly #parts: RuledParts;

  constructor(options: Partial<WorldOptions> = {}) {
    this.options = { ...defaultWorldOptions, ...options };
    this.invariants = new Invariants(this.options, () => this.target.everMade);
    this.violations = this.invariants.violations;
    this.storage = new FakeStorage(this.violations);
    this.#calls = new Calls(this.options, (entry) => this.invariants.mayWrite(entry));
    this.trace = this.#calls.trace;
    this.faults = this.#calls.faults;
    this.#parts = this.#makeParts();
    this.target = new FakeTarget(this.#parts, this.#calls);
    const cache = join(this.storage.directory, 'artifact-cache');
    this.artifacts = new FakeArtifactFetcher(this.#calls, cache);
    this.flink = new FakeFlink(this.#parts, this.#calls, this.target, this.artifacts);
  }

  /** What the jar behind the URI does from its next run on. */
  program(jarUri: string, source: ProgramSource): void {
    this.#parts.programs.define(jarUri, source);
  }

  /** How the Deployment's next savepoints or stops end. */
  outcome(deploymentId: string, of: 'savepoint' | 'stop', ...outcomes: SavepointOutcome[]): void {
    this.#parts.outcomes.plan(deploymentId, of, ...outcomes);
  }

  /** Acts right before the effect of each call of the kind. @returns a function that ends it. */
  onCall(kind: CallKind, hook: CallHook): () => void {
    return this.#calls.on(kind, 'before', hook);
  }

  /** Acts after the effect and before the caller has its answer; not where a fault loses that answer. */
  onAnswer(kind: CallKind, hook: CallHook): () => void {
    return this.#calls.on(kind, 'after', hook);
  }

  fault(target: FaultTarget, fault: Fault): PlannedFault {
    return this.faults.plan(target, fault);
  }

  /** The cluster, dead or alive, or removed. */
  cluster(clusterId: string): FakeCluster {
    const cluster = this.target.everMade.find((one) => one.clusterId === clusterId);
    if (cluster === undefined) throw new Error(`there never was a cluster ${clusterId}`);
    return cluster;
  }

  /** Clusters of the Deployment that are not removed. */
  clustersOf(deploymentId: string): FakeCluster[] {
    const all = [...this.target.clusters.values()];
    return all.filter((cluster) => cluster.deploymentId === deploymentId);
  }

  /** The one cluster on which the Deployment's job lives. @throws when there is none. */
  serving(deploymentId: string): FakeCluster {
    const { clusterId } = this.liveJob(deploymentId);
    return this.cluster(clusterId);
  }

  /** J(d): jobs that run or may run again, in Flink's truth. */
  liveJobs(deploymentId: string): FakeJob[] {
    return this.jobs(deploymentId).filter((job) => job.isLive);
  }

  /** Every job the Deployment ever had, oldest first, warm-up jobs aside. */
  jobs(deploymentId: string): FakeJob[] {
    const all = this.target.everMade.filter((cluster) => cluster.deploymentId === deploymentId);
    return all.flatMap((cluster) => cluster.ownJobs).sort((a, b) => a.startTime - b.startTime);
  }

  liveJob(deploymentId: string): FakeJob {
    const [job] = this.liveJobs(deploymentId);
    if (job === undefined) throw new Error(`${deploymentId} has no live job`);
    return job;
  }

  /** How the cluster's REST endpoint answers from now on. */
  rest(clusterId: string, mood: RestMood): void {
    this.cluster(clusterId).rest = mood;
  }

  /** Captured state that a start did not find, the worst of all starts; 0 = nothing was lost (S3). */
  lostState(deploymentId: string, admitted: Admitted = 'any'): number {
    return this.#parts.lineage.lost(deploymentId, admitted);
  }

  /** Every start of the Deployment's jobs with the state it found, and the best there was. */
  get lineage(): Lineage {
    return this.#parts.lineage;
  }

  /** What the trace lacks: evidence of an end before a submit (S1), a look at what was restored (S24). */
  oversights(deploymentId: string): string[] {
    const jobs = this.jobs(deploymentId);
    return [
      ...unprovenSubmits(this.trace, deploymentId, jobs),
      ...unverifiedStarts(this.trace, deploymentId, jobs),
    ];
  }

  /** Covers the jobs that live now (S2). @returns a function that ends the expectation. */
  expectSavepointBeforeStop(deploymentId: string): () => void {
    return this.invariants.expectSavepointBeforeStop(deploymentId);
  }

  /** External writes for the Deployment break S7 (S5, L5) from now on. */
  declareQuiet(deploymentId: string): void {
    this.invariants.declareQuiet(deploymentId);
  }

  endQuiet(deploymentId: string): void {
    this.invariants.endQuiet(deploymentId);
  }

  /** Ends all processes and removes the world's files. */
  close(): void {
    for (const cluster of this.target.everMade) cluster.killAll();
    this.storage.close();
  }

  #makeParts(): RuledParts {
    return {
      options: this.options,
      storage: this.storage,
      programs: new Programs(this.options.warmUpMs),
      outcomes: new Outcomes(),
      happenings: this.happenings,
      lineage: new Lineage(),
      invariants: this.invariants,
    };
  }
}
