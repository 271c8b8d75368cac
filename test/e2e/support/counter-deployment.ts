import type { FlinkCheckpoint } from '../../../src/flink/client.ts';
import type { ApiClient } from './api-client.ts';
import type { FlinkTruth } from './flink-truth.ts';
import { until } from './until.ts';

/** What differs from a small, quickly checkpointing job. */
export interface CounterOptions {
  mainArgs?: string;
  flinkVersion?: string;
  /** Fields of `spec`. */
  spec?: object;
  /** Fields of `spec.template.spec`; those of the first two are added to ours. */
  template?: {
    artifact?: object;
    flinkConfiguration?: object;
    kubernetes?: object;
    resources?: object;
    logging?: object;
    parallelism?: number;
    numberOfTaskManagers?: number;
  };
}

/** The sample job as a Deployment, driven through the API as a user would, and read through Flink itself. */
export class CounterDeployment {
  readonly name: string;
  readonly #sluice: ApiClient;
  readonly #truth: FlinkTruth;
  #id = '';

  constructor(sluice: ApiClient, truth: FlinkTruth, name: string) {
    this.#sluice = sluice;
    this.#truth = truth;
    this.name = name;
  }

  get id(): string {
    return this.#id;
  }

  /** The same Deployment, asked through another API of the same installation. */
  through(sluice: ApiClient): CounterDeployment {
    const same = new CounterDeployment(sluice, this.#truth, this.name);
    same.#id = this.#id;
    return same;
  }

  get #path(): string {
    return `/deployments/${encodeURIComponent(this.name)}`;
  }

  async create(
    jarUri: string,
    {
      mainArgs = '--rate 500',
      flinkVersion = '2.3',
      spec = {},
      template = {},
    }: CounterOptions = {},
  ) {
    const { artifact, flinkConfiguration, ...others } = template;
    const made = await this.#sluice.ok('POST', '/deployments', {
      metadata: { name: this.name },
      spec: {
        state: 'RUNNING',
        ...spec,
        template: {
          spec: {
            artifact: { kind: 'JAR', jarUri, mainArgs, flinkVersion, ...artifact },
            parallelism: 1,
            numberOfTaskManagers: 1,
            resources: {
              jobmanager: { cpu: 1, memory: '512m' },
              taskmanager: { cpu: 1, memory: '512m' },
            },
            flinkConfiguration: {
              'taskmanager.numberOfTaskSlots': '2',
              'execution.checkpointing.interval': '1s',
              // As much shorter than by default as the pauses between attempts are: until Flink sees that a TaskManager is
              // gone, after two of these, it calls the job RUNNING and each savepoint fails.
              'heartbeat.interval': '2000',
              ...flinkConfiguration,
            },
            ...others,
          },
        },
      },
    });
    this.#id = made.metadata.id;
    return made;
  }

  get() {
    return this.#sluice.ok('GET', this.#path);
  }

  patch(spec: object) {
    return this.#sluice.ok('PATCH', this.#path, { spec });
  }

  patchMetadata(metadata: object) {
    return this.#sluice.ok('PATCH', this.#path, { metadata });
  }

  /** Sets the desired state and waits until it is reached. */
  async become(state: 'RUNNING' | 'SUSPENDED' | 'CANCELLED') {
    await this.patch({ state });
    return await this.reaches(state);
  }

  remove() {
    return this.#sluice.ok('DELETE', this.#path);
  }

  async eventNames(): Promise<string[]> {
    return (await this.#events()).map(({ metadata }) => metadata.name);
  }

  /** What its events say. */
  async messages(): Promise<string[]> {
    return (await this.#events()).map(({ spec }) => spec.message);
  }

  async #events(): Promise<{ metadata: { name: string }; spec: { message: string } }[]> {
    return (await this.#sluice.ok('GET', `/events?deploymentId=${this.#id}`)).items;
  }

  /** Waits until the step under way says that it waits for this. */
  waitsFor(what: RegExp) {
    return until(
      `${this.name} says that it waits for ${what}`,
      async () => (await this.#sluice.ok('GET', `${this.#path}/explanation`)).explanation.waitsFor,
      (waits: { what: string; lastError?: string }[]) =>
        waits.some((wait) => what.test(`${wait.what}: ${wait.lastError ?? ''}`)),
    );
  }

  async jobs() {
    return (await this.#sluice.ok('GET', `/jobs?deploymentId=${this.#id}`)).items;
  }

  async savepoints() {
    return (await this.#sluice.ok('GET', `/savepoints?deploymentId=${this.#id}`)).items;
  }

  /** Takes one by hand, and waits until it is complete. */
  async takeSavepoint(): Promise<void> {
    const metadata = { deploymentId: this.#id };
    const { metadata: made } = await this.#sluice.ok('POST', '/savepoints', { metadata });
    await until(
      `savepoint ${made.id} is complete`,
      () => this.#sluice.ok('GET', `/savepoints/${made.id}`),
      ({ status }) => status.state === 'COMPLETED',
    );
  }

  /** Waits for a status; FAILED ends the wait unless it is the one waited for. */
  async reaches(state: string, withinMs = 180_000) {
    const seen = await until(
      `${this.name} is ${state}`,
      async () => (await this.get()).status,
      (status) => status.state === state || status.state === 'FAILED',
      { withinMs },
    );
    if (seen.state === state) return seen;
    const story = (await this.#events()).map(
      ({ metadata, spec }) => `${metadata.name}: ${spec.message}`,
    );
    throw new Error(
      `${this.name} is FAILED instead of ${state}: ${JSON.stringify(seen.failure)}\n${story.join('\n')}`,
    );
  }

  /** Waits until a Job with this parallelism is said to run. */
  async runsAt(parallelism: number): Promise<void> {
    await until(
      `${this.name} runs at parallelism ${parallelism}`,
      async () => [(await this.get()).status.state, (await this.jobs()).at(-1).spec.parallelism],
      ([state, seen]) => state === 'RUNNING' && seen === parallelism,
    );
  }

  /** The id of the Job that runs. */
  async jobId(): Promise<string> {
    const { status } = await this.get();
    return status.running.jobId;
  }

  /**
   * The running job's own numbers once it has counted further than `beyond`. Which job runs is asked at every look: RUNNING
   * may be a poll old, and the job be dead that it names (S9).
   */
  async counted(beyond = 0, withinMs = 60_000) {
    const seen = await until(
      `${this.name} counts beyond ${beyond}`,
      async () => {
        const jobId: string | undefined = (await this.get()).status.running?.jobId;
        return jobId === undefined ? undefined : await this.#truth.count(jobId);
      },
      (count) => count !== undefined && count.count > Math.max(beyond, count.restored),
      { withinMs },
    );
    if (!seen) throw new Error('no count');
    return seen;
  }

  /** Numbers that a retained checkpoint has: one that was triggered after they were read, by Flink's own word. */
  async checkpointed() {
    const seen = await this.counted();
    const [jobId, at] = [await this.jobId(), Date.now()];
    const newest = (what: string, isSo: (one: FlinkCheckpoint) => boolean) =>
      until(
        `${this.name} has a checkpoint ${what}`,
        () => this.#truth.checkpoint(jobId),
        (one) => one !== undefined && isSo(one),
      );
    const first = await newest('that ended later', ({ completedAt }) => (completedAt ?? 0) >= at);
    await newest('after that', ({ id }) => id > (first?.id ?? 0));
    return seen;
  }
}
