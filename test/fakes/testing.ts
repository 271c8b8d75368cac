import type { ClusterSpec } from '../../src/core/cluster.ts';
import { clusterIdOf, jobIdOf, withoutDashes } from '../../src/core/ids.ts';
import type { FlinkEndpoint, RunRequest, SavepointRequest } from '../../src/flink/client.ts';
import { VirtualClock } from './clock.ts';
import type { WorldOptions } from './options.ts';
import { FakeWorld } from './world.ts';

/** The jar of the fakes' own tests. */
export const jarUri = 'file:///jars/app.jar';

/** No test of the fakes cuts a call short. */
export const patient = new AbortController().signal;

/** A cluster of the Deployment's nth Job, with directories in the world's storage. */
export function clusterSpec(world: FakeWorld, deploymentId: string, sequence: number): ClusterSpec {
  const jobId = jobIdOf(deploymentId, sequence, 1);
  return {
    clusterId: clusterIdOf(jobId),
    jobId,
    deploymentId,
    namespace: 'default',
    target: 'local',
    flinkVersion: '2.3',
    taskManagers: 1,
    resources: { jobmanager: { cpu: 1, memory: '1g' }, taskmanager: { cpu: 1, memory: '1g' } },
    flinkConfiguration: {
      'execution.checkpointing.dir': `${world.storage.uri}/checkpoints/${deploymentId}/${jobId}`,
      'execution.checkpointing.externalized-checkpoint-retention': 'RETAIN_ON_CANCELLATION',
    },
    log4jLoggers: {},
    stateDirectories: [],
  };
}

/** Drives one cluster the way a controller would, on a virtual clock. */
export class Driver {
  readonly world: FakeWorld;
  readonly clock: VirtualClock;
  readonly spec: ClusterSpec;
  readonly flinkJobId: string;
  #flink: FlinkEndpoint | undefined;

  constructor(world: FakeWorld, clock: VirtualClock, spec: ClusterSpec) {
    this.world = world;
    this.clock = clock;
    this.spec = spec;
    this.flinkJobId = withoutDashes(spec.jobId);
  }

  get flink(): FlinkEndpoint {
    if (this.#flink === undefined) throw new Error('the cluster was not brought up');
    return this.#flink;
  }

  /** Makes the cluster and lets it start. */
  async up(): Promise<this> {
    const seen = await this.clock.until(this.world.target.ensure(this.spec, patient));
    if (seen.kind !== 'present' || seen.restUrl === undefined) throw new Error('no endpoint');
    this.#flink = this.world.flink.at(seen.restUrl, this.spec.clusterId);
    await this.clock.advance(20);
    return this;
  }

  /** Uploads the jar and submits the job under its pinned id. */
  async run(request: Partial<RunRequest> = {}, uri = jarUri): Promise<this> {
    const { path, filename } = await this.clock.until(this.world.artifacts.fetch(uri, patient));
    const jarId = await this.clock.until(this.flink.uploadJar(path, filename, patient));
    const base = { jarId, jobId: this.flinkJobId, flinkVersion: '2.3', programArgs: [] };
    await this.clock.until(this.flink.run({ ...base, parallelism: 1, ...request }, patient));
    return this;
  }

  /** {@link up} and {@link run}, until the tasks run. */
  async running(request: Partial<RunRequest> = {}): Promise<this> {
    await (await this.up()).run(request);
    await this.clock.advance(20);
    return this;
  }

  capture(triggerId: string): SavepointRequest {
    const targetDirectory = `${this.world.storage.uri}/savepoints/${triggerId}`;
    return { jobId: this.flinkJobId, targetDirectory, triggerId };
  }

  /** Stops with a savepoint and waits for it. @returns the savepoint's location. */
  async stop(triggerId = '5'.repeat(32)): Promise<string> {
    await this.clock.until(this.flink.stopWithSavepoint(this.capture(triggerId), patient));
    await this.clock.advance(50);
    const seen = await this.operation(triggerId);
    if (seen.status !== 'completed') throw new Error(`the stop is ${seen.status}`);
    return seen.location;
  }

  operation(triggerId: string) {
    return this.clock.until(this.flink.savepointOperation(this.flinkJobId, triggerId, patient));
  }

  state() {
    return this.clock.until(this.flink.jobState(this.flinkJobId, patient));
  }

  destroy() {
    return this.clock.until(this.world.target.destroy(this.spec, patient));
  }
}

/** A world on a virtual clock, with a driver per Job. */
export function virtualWorld(options: Partial<WorldOptions> = {}) {
  const clock = new VirtualClock();
  const world = new FakeWorld({ ...options, clock });
  const driver = (deploymentId: string, sequence: number): Driver =>
    new Driver(world, clock, clusterSpec(world, deploymentId, sequence));
  return { world, clock, driver };
}
