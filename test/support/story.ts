import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { pino } from 'pino';
import { expect } from 'vitest';
import type { Wait } from '../../src/core/deployment/waits.ts';
import {
  createDocument,
  type DeploymentSpec,
  documentWarnings,
  normaliseBody,
} from '../../src/core/document/index.ts';
import type { DeploymentRecord, SavepointRecord, Stored } from '../../src/core/records.ts';
import type { TransitionSettings } from '../../src/core/settings.ts';
import type { DeploymentStatusState } from '../../src/core/vocabulary.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { Store } from '../../src/store/store.ts';
import type { ClusterTarget } from '../../src/targets/target.ts';
import { createDeploymentCommands } from '../../src/temporal/commands.ts';
import { openConnection } from '../../src/temporal/connection.ts';
import type { DeploymentCommands } from '../../src/temporal/deployment-commands.ts';
import {
  createLostDeployments,
  type LostDeployments,
} from '../../src/temporal/lost-deployments.ts';
import type { Workers } from '../../src/temporal/worker.ts';
import { deploymentWorkflowId, type Explanation, queries } from '../../workflows/messages.ts';
import type { WorldOptions } from '../fakes/options.ts';
import type { ProgramSource } from '../fakes/program.ts';
import { FakeWorld } from '../fakes/world.ts';
import { replayAll } from './story-replay.ts';
import { storyDocumentSettings, storySettings } from './story-settings.ts';
import { StoryStore } from './story-store.ts';
import { type StoryTemporal, temporalFor } from './story-temporal.ts';
import { type ActivityChanges, replaysEveryTask, workersOver } from './story-workers.ts';

export interface StoryOptions {
  world?: Partial<WorldOptions>;
  settings?: Partial<TransitionSettings>;
  /** Further dynamic configuration: the story gets a Temporal server of its own. Else it has a namespace of the run's. */
  limits?: string[];
  /** How activities are delivered; by default once each. */
  delivered?: ActivityChanges['delivered'];
}

/** Between two looks of a story. */
const lookMs = 20;

/**
 * Real Temporal, real workflows, real activities and a real store over the fake world: a Deployment's story, told step by
 * step and judged by its events, its end and the world's own oracles.
 */
export class Story {
  readonly world: FakeWorld;
  readonly store: Store;
  readonly storyStore: StoryStore;
  readonly client: Client;
  readonly commands: DeploymentCommands;
  readonly lost: LostDeployments;
  readonly settings: TransitionSettings;
  readonly #temporal: StoryTemporal;
  readonly #delivered: ActivityChanges['delivered'];
  #clockOffMs = 0;
  readonly #end: () => Promise<void>;
  #workers?: { workers: Workers; running: Promise<void> } | undefined;
  readonly #made: string[] = [];
  readonly #commandsOf = new Map<string, DeploymentCommands>();

  private constructor(parts: {
    world: FakeWorld;
    storyStore: StoryStore;
    temporal: StoryTemporal;
    settings: TransitionSettings;
    delivered: ActivityChanges['delivered'];
  }) {
    this.world = parts.world;
    this.storyStore = parts.storyStore;
    this.store = parts.storyStore.store;
    this.settings = parts.settings;
    this.#temporal = parts.temporal;
    this.#delivered = parts.delivered;
    const { connection, client } = openConnection(parts.temporal);
    this.#end = async () => {
      await connection.close();
      await parts.temporal.stop();
    };
    this.client = client;
    const log = pino({ level: 'silent' });
    this.lost = createLostDeployments({ client, store: this.store, log, graceMs: 50 });
    this.commands = this.#commandsWith({});
  }

  #commandsWith(settings: Partial<TransitionSettings>, storageUri = this.world.storage.uri) {
    return createDeploymentCommands({
      client: this.client,
      store: this.store,
      lost: this.lost,
      settings: { ...this.settings, ...settings },
      storageUri,
      clock: () => this.#now(),
      callMs: 20_000,
      visibleMs: 20_000,
    });
  }

  #now(): number {
    return Date.now() + this.#clockOffMs;
  }

  /** The clocks of API and workers are set to another time; Temporal's own goes on as it was. */
  clockJumps(byMs: number): void {
    this.#clockOffMs += byMs;
  }

  commandsOf(id: string): DeploymentCommands {
    return this.#commandsOf.get(id) ?? this.commands;
  }

  static async open(options: StoryOptions = {}): Promise<Story> {
    const temporal = await temporalFor(options.limits);
    const storyStore = new StoryStore(await openStore({ file: ':memory:' }));
    const { store } = storyStore;
    const world: FakeWorld = new FakeWorld({
      maxClusters: 200,
      checkpointEveryMs: 100,
      jobRecordState: (jobId) => storyStore.jobState(jobId),
      ...options.world,
    });
    const settings = { ...storySettings, ...options.settings };
    const delivered = options.delivered ?? ((activities) => activities);
    const story = new Story({ world, storyStore, temporal, settings, delivered });
    const at = Date.now();
    const local = { id: randomUUID(), namespace: 'default', name: 'local', spec: { local: {} } };
    await store.targets.insert({ ...local, resourceVersion: 1, createdAt: at, modifiedAt: at });
    await story.startWorker();
    return story;
  }

  /** @param target as the worker sees it. */
  async startWorker(target: ClusterTarget = this.world.target): Promise<void> {
    const workers = await workersOver(this.world, this.store, this.#temporal, {
      target,
      now: () => this.#now(),
      delivered: this.#delivered,
    });
    this.#workers = { workers, running: workers.run() };
  }

  async stopWorker(): Promise<void> {
    this.#workers?.workers.shutdown();
    await this.#workers?.running;
    this.#workers = undefined;
  }

  /** Creates a Deployment from a partial spec and answers its record, as the API would. */
  async create(spec: SpecInput = {}, options: CreateOptions = {}): Promise<Told> {
    const id = options.id ?? randomUUID();
    const { metadata = {}, settings = {}, storageUri } = options;
    this.#commandsOf.set(id, this.#commandsWith(settings, storageUri));
    const { template = {}, ...rest } = spec;
    const artifact = { kind: 'JAR', jarUri: jarOf(id) };
    const body = {
      metadata: { name: `story-${id}`, ...metadata },
      spec: {
        state: 'RUNNING',
        ...rest,
        template: { spec: { artifact, ...template } },
      },
    };
    const read = normaliseBody(body, storyDocumentSettings);
    const made = createDocument(read.body, storyDocumentSettings);
    if ('problems' in made) throw new Error(JSON.stringify(made.problems));
    this.#made.push(id);
    const { record } = await this.commandsOf(id).create({
      namespace: 'default',
      id,
      document: made.document,
      documentSettings: storyDocumentSettings,
      warnings: documentWarnings(made.document, storyDocumentSettings),
    });
    return { id, record };
  }

  /** A Deployment that runs. */
  async running(spec: SpecInput = {}, options: CreateOptions = {}): Promise<string> {
    const { id } = await this.create(spec, options);
    await this.reaches(id, 'RUNNING');
    return id;
  }

  /** Says what the code of the Deployment does from its next run on. */
  program(id: string, source: ProgramSource): void {
    this.world.program(jarOf(id), source);
  }

  /**
   * Every job of the Deployment dies as it is first watched: it has run, however busy the machine is.
   * @returns ends that.
   */
  diesOnceRunning(id: string): () => void {
    return this.world.onCall('jobState', (entry) => {
      if (entry.deploymentId !== id) return;
      for (const job of this.world.liveJobs(id))
        if (job.id === entry.flinkJobId) job.fail('RuntimeException: poison');
    });
  }

  /** PATCH `spec`; answers what the API would. */
  async patch(id: string, spec: object, metadata?: object): Promise<DeploymentRecord> {
    const raw = { spec, ...(metadata ? { metadata } : {}) };
    const { body } = normaliseBody(raw, storyDocumentSettings);
    const { record } = await this.commandsOf(id).change(
      { namespace: 'default', id },
      { requestId: randomUUID(), verb: 'patch', body, documentSettings: storyDocumentSettings },
    );
    return record;
  }

  savepoint(id: string): Promise<Stored<SavepointRecord>> {
    return this.commandsOf(id).triggerSavepoint(
      { namespace: 'default', id },
      { requestId: randomUUID() },
    );
  }

  async signal(id: string, name: string, ...args: unknown[]): Promise<void> {
    await this.workflow(id).signal(name, ...args);
  }

  workflow(id: string) {
    return this.client.workflow.getHandle(deploymentWorkflowId('default', id));
  }

  explain(id: string): Promise<Explanation> {
    return this.workflow(id).query<Explanation>(queries.explain);
  }

  /** What it waits for at this moment, as the API tells it. */
  waits(id: string): Promise<Wait[]> {
    return this.commands.waits({ namespace: 'default', id });
  }

  /** Waits until it says that it waits for this. */
  waitsFor(id: string, what: string | RegExp): Promise<Wait[]> {
    return this.until(
      () => this.waits(id),
      (waits) => waits.some((wait) => wait.what.match(what) !== null),
      `it says that it waits for ${what}`,
    );
  }

  async record(id: string): Promise<DeploymentRecord> {
    const record = await this.store.deployments.get(id);
    if (!record) throw new Error(`Deployment ${id} is not in the store`);
    return record;
  }

  /** Waits until the status is this, and says what it was if it never comes. */
  async reaches(id: string, state: DeploymentStatusState): Promise<DeploymentRecord> {
    return this.until(
      () => this.record(id),
      (record) => record.status.state === state,
      `Deployment reaches ${state}`,
    );
  }

  /** Waits for a condition, never for a time. */
  async until<T>(
    look: () => T | Promise<T>,
    isSo: (seen: T) => boolean,
    what: string,
    withinMs = replaysEveryTask ? 150_000 : 90_000,
  ): Promise<T> {
    const deadline = Date.now() + withinMs;
    for (;;) {
      const seen = await look();
      if (isSo(seen)) return seen;
      if (Date.now() > deadline)
        throw new Error(
          `not within ${withinMs} ms: ${what}; last seen ${JSON.stringify(seen).slice(0, 1_500)}`,
        );
      // Each look costs the workers of the same process a moment.
      await sleep(lookMs);
    }
  }

  async eventNames(id: string, after = 0): Promise<string[]> {
    const events = await this.store.events.list('default', { deploymentId: id });
    return events.slice(after).map((event) => event.name);
  }

  async eventCount(id: string): Promise<number> {
    return (await this.store.events.list('default', { deploymentId: id })).length;
  }

  async messages(id: string): Promise<string[]> {
    const events = await this.store.events.list('default', { deploymentId: id });
    return events.map((event) => `${event.name}: ${event.message}`);
  }

  /** What every story must hold at its end: no broken promise, gap-free events, every history replays. */
  async judge(): Promise<void> {
    expect(this.world.violations.all.map(String)).toEqual([]);
    for (const id of this.#made) {
      const events = await this.store.events.list('default', { deploymentId: id });
      expect(events.map((event) => event.number)).toEqual(events.map((_, i) => i + 1));
    }
    // Without a cache every task was a replay already.
    if (!replaysEveryTask) await replayAll(this.client);
  }

  /** Waits until the running job has completed a checkpoint of its own. */
  async checkpointed(id: string): Promise<void> {
    const job = this.world.liveJob(id);
    await this.until(
      () => job.checkpoints.view().counts.completed,
      (count) => count > 0,
      'a checkpoint is complete',
    );
  }

  /** No start missed state that was captured (S3), every end was seen before the next start, every restore read back. */
  lostNothing(id: string): void {
    expect(this.world.lostState(id)).toBe(0);
    expect(this.world.oversights(id)).toEqual([]);
  }

  /** Nothing of the Deployment is left on the target (K(d) = ∅). */
  nothingLeft(id: string): void {
    expect(this.world.clustersOf(id).map((cluster) => cluster.clusterId)).toEqual([]);
    expect(this.world.liveJobs(id)).toEqual([]);
  }

  async close(): Promise<void> {
    await this.stopWorker();
    await this.#end();
    this.world.close();
    await this.store.close();
  }
}

/** Each Deployment has code of its own, so that a story changes what its jobs do and no other's. */
export const jarOf = (id: string): string => `http://jars.example/${id}.jar`;

export interface CreateOptions {
  id?: string;
  metadata?: Record<string, unknown>;
  /** Of this Deployment alone. */
  settings?: Partial<TransitionSettings>;
  /** `''`: the server has no storage. */
  storageUri?: string;
}

export interface Told {
  id: string;
  record: DeploymentRecord;
}

type SpecInput = Partial<Omit<DeploymentSpec, 'template'>> & {
  /** `template.spec`. */
  template?: Record<string, unknown>;
};
