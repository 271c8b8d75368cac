import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import { bundleWorkflowCode, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { pino } from 'pino';
import { expect } from 'vitest';
import { createActivities } from '../../activities/index.ts';
import {
  createDocument,
  type DeploymentSpec,
  normaliseBody,
} from '../../src/core/document/index.ts';
import type { DeploymentRecord, SavepointRecord, Stored } from '../../src/core/records.ts';
import type { TransitionSettings } from '../../src/core/settings.ts';
import type { DeploymentStatusState } from '../../src/core/vocabulary.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { Store } from '../../src/store/store.ts';
import { createDeploymentCommands } from '../../src/temporal/commands.ts';
import { openConnection } from '../../src/temporal/connection.ts';
import type { DeploymentCommands } from '../../src/temporal/deployment-commands.ts';
import {
  createLostDeployments,
  type LostDeployments,
} from '../../src/temporal/lost-deployments.ts';
import { createWorkers, type Workers } from '../../src/temporal/worker.ts';
import { deploymentWorkflowId } from '../../workflows/messages.ts';
import type { WorldOptions } from '../fakes/options.ts';
import { FakeWorld } from '../fakes/world.ts';
import { replayAll } from './story-replay.ts';
import { storyDocumentSettings, storySettings } from './story-settings.ts';
import { startTemporalServer } from './temporal-server.ts';

export interface StoryOptions {
  world?: Partial<WorldOptions>;
  settings?: Partial<TransitionSettings>;
  /** Further dynamic configuration of the Temporal server. */
  limits?: string[];
}

/** The suite runs a second time with 0: every task replays, so that ordering bugs fail at once (temporal.md 13). */
const maxCachedWorkflows = process.env['SLUICE_TEST_WORKFLOW_CACHE'] === '0' ? 0 : undefined;

let bundle: Promise<WorkflowBundleWithSourceMap> | undefined;
const payloadConverterPath = fileURLToPath(
  new URL('../../workflows/payload-converter.cjs', import.meta.url),
);
export const workflowBundle = () => {
  bundle ??= bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('../../workflows/index.ts', import.meta.url)),
    payloadConverterPath,
    logger: { log() {}, trace() {}, debug() {}, info() {}, warn() {}, error() {} },
  });
  return bundle;
};

/**
 * Real Temporal, real workflows, real activities and a real store over the fake world: a Deployment's story, told step by
 * step and judged by its events, its end and the world's own oracles.
 */
export class Story {
  readonly world: FakeWorld;
  readonly store: Store;
  readonly client: Client;
  readonly commands: DeploymentCommands;
  readonly lost: LostDeployments;
  readonly settings: TransitionSettings;
  readonly #address: string;
  readonly #end: () => Promise<void>;
  #workers?: { workers: Workers; running: Promise<void> } | undefined;
  readonly #made: string[] = [];

  private constructor(parts: {
    world: FakeWorld;
    store: Store;
    address: string;
    settings: TransitionSettings;
    end: () => Promise<void>;
  }) {
    this.world = parts.world;
    this.store = parts.store;
    this.settings = parts.settings;
    this.#address = parts.address;
    const { connection, client } = openConnection({ address: parts.address, namespace: 'default' });
    this.#end = async () => {
      await connection.close();
      await parts.end();
    };
    this.client = client;
    const log = pino({ level: 'silent' });
    this.lost = createLostDeployments({ client, store: this.store, log, graceMs: 50 });
    this.commands = createDeploymentCommands({
      client,
      store: this.store,
      lost: this.lost,
      settings: this.settings,
      storageUri: this.world.storage.uri,
      clock: Date.now,
      callMs: 20_000,
      visibleMs: 20_000,
    });
  }

  static async open(options: StoryOptions = {}): Promise<Story> {
    const server = await startTemporalServer(options.limits);
    const store = await openStore({ file: ':memory:' });
    const world: FakeWorld = new FakeWorld(options.world);
    const story = new Story({
      world,
      store,
      address: server.address,
      settings: { ...storySettings, ...options.settings },
      end: server.stop,
    });
    const at = Date.now();
    const local = { id: randomUUID(), namespace: 'default', name: 'local', spec: { local: {} } };
    await store.targets.insert({ ...local, resourceVersion: 1, createdAt: at, modifiedAt: at });
    await story.startWorker();
    return story;
  }

  async startWorker(): Promise<void> {
    const { watchJob, ...activities } = createActivities({
      store: this.store,
      targets: { local: this.world.target },
      flink: this.world.flink,
      artifacts: this.world.artifacts,
      warmUpJar: this.world.artifacts.warmUpJar,
      now: Date.now,
    });
    const workers = await createWorkers({
      temporal: { address: this.#address, namespace: 'default' },
      workflows: await workflowBundle(),
      payloadConverterPath,
      activities,
      watchActivities: { watchJob },
      log: pino({ level: process.env['SLUICE_TEST_LOG'] ?? 'silent' }),
      stop: new AbortController().signal,
      stickyTimeoutMs: 1_000,
      ...(maxCachedWorkflows === undefined ? {} : { maxCachedWorkflows }),
    });
    this.#workers = { workers, running: workers.run() };
  }

  async stopWorker(): Promise<void> {
    this.#workers?.workers.shutdown();
    await this.#workers?.running;
    this.#workers = undefined;
  }

  /** Creates a Deployment from a partial spec and answers its record, as the API would. */
  async create(spec: SpecInput = {}, metadata: Record<string, unknown> = {}): Promise<Told> {
    const id = randomUUID();
    const { template = {}, ...rest } = spec;
    const artifact = { kind: 'JAR', jarUri: 'http://jars.example/counter.jar' };
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
    const { record } = await this.commands.create({
      namespace: 'default',
      id,
      document: made.document,
      documentSettings: storyDocumentSettings,
      warnings: [],
    });
    return { id, record };
  }

  /** PATCH `spec`; answers what the API would. */
  async patch(id: string, spec: object, metadata?: object): Promise<DeploymentRecord> {
    const raw = { spec, ...(metadata ? { metadata } : {}) };
    const { body } = normaliseBody(raw, storyDocumentSettings);
    const { record } = await this.commands.change(
      { namespace: 'default', id },
      { requestId: randomUUID(), verb: 'patch', body, documentSettings: storyDocumentSettings },
    );
    return record;
  }

  savepoint(id: string): Promise<Stored<SavepointRecord>> {
    return this.commands.triggerSavepoint(
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
    withinMs = 20_000,
  ): Promise<T> {
    const deadline = Date.now() + withinMs;
    for (;;) {
      const seen = await look();
      if (isSo(seen)) return seen;
      if (Date.now() > deadline)
        throw new Error(
          `not within ${withinMs} ms: ${what}; last seen ${JSON.stringify(seen).slice(0, 1_500)}`,
        );
      await sleep(5);
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
    await replayAll(this.client, await workflowBundle(), payloadConverterPath);
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

export interface Told {
  id: string;
  record: DeploymentRecord;
}

type SpecInput = Partial<Omit<DeploymentSpec, 'template'>> & {
  /** `template.spec`. */
  template?: Record<string, unknown>;
};
