import { acceptChange, type Refusal, reviewChange } from '../../src/core/deployment/change.ts';
import { createState } from '../../src/core/deployment/create.ts';
import { explain, type StepProgress } from '../../src/core/deployment/explain.ts';
import { setJobState, touch } from '../../src/core/deployment/outbox.ts';
import { batchOf } from '../../src/core/deployment/record.ts';
import type { ChangeReply, DeploymentState } from '../../src/core/deployment/state.ts';
import type { Wait } from '../../src/core/deployment/waits.ts';
import {
  acceptRegistration,
  acceptSavepoint,
  reviewDelete,
  reviewSavepoint,
} from '../../src/core/deployment/wishes.ts';
import { renderJob } from '../../src/core/document/index.ts';
import { Refused, Unreachable, ValidationFailed } from '../../src/core/errors/index.ts';
import { clusterIdOf, jobIdOf } from '../../src/core/ids.ts';
import type {
  DeploymentRecord,
  JobRecord,
  SavepointRecord,
  Stored,
} from '../../src/core/records.ts';
import { defaultTransitionSettings } from '../../src/core/settings.ts';
import type { Store } from '../../src/store/store.ts';
import type {
  DeploymentAddress,
  DeploymentCommands,
} from '../../src/temporal/deployment-commands.ts';

/** Deployments whose workflows are missing but whose rules are the real ones: each accepted request is in the store. */
export class DeploymentsInProcess implements DeploymentCommands {
  readonly #store: Store;
  readonly #clock: () => number;
  readonly #states = new Map<string, DeploymentState>();
  /** Why no workflow answers a query, if so. */
  silence?: string;
  /** How far the step under way has come, in every Deployment. */
  progress?: StepProgress;
  /** What every Deployment waits for. */
  waitsFor: Wait[] = [];

  constructor(store: Store, clock: () => number) {
    this.#store = store;
    this.#clock = clock;
  }

  create: DeploymentCommands['create'] = async (request) => {
    const made = createState({
      ...request,
      settings: defaultTransitionSettings,
      storageUri: 'file:///var/lib/sluice/storage',
      now: this.#clock(),
    });
    await this.#store.deployments.insert(made.record, made.events);
    if (!this.#states.has(request.id)) this.#states.set(request.id, made.state);
    const record = await this.#row(request.id);
    return { record, changed: true, warnings: request.warnings };
  };

  change: DeploymentCommands['change'] = async ({ id }, request) => {
    const state = this.#state(id);
    const full = { ...request, settings: defaultTransitionSettings };
    const reviewed = reviewChange(state, full);
    if ('refusal' in reviewed) throw thrown(reviewed.refusal);
    const reply = acceptChange(state, full, reviewed.document, this.#clock());
    return { record: await this.#publish(state), changed: reply.changed, warnings: reply.warnings };
  };

  remove: DeploymentCommands['remove'] = async ({ id }, request) => {
    const state = this.#state(id);
    const refusal = reviewDelete(state, request);
    if (refusal) throw thrown(refusal);
    const record = await this.#row(id);
    await this.#store.deployments.remove(id, state.fence);
    this.#states.delete(id);
    return record;
  };

  triggerSavepoint: DeploymentCommands['triggerSavepoint'] = ({ id }, request) => {
    const state = this.#state(id);
    const refusal = reviewSavepoint(state);
    if (refusal) throw thrown(refusal);
    return this.#savepoint(state, acceptSavepoint(state, request, this.#clock()));
  };

  registerSavepoint: DeploymentCommands['registerSavepoint'] = ({ id }, request) => {
    const state = this.#state(id);
    return this.#savepoint(state, acceptRegistration(state, request, this.#clock()));
  };

  /** Answers as the workflow would; set `silence` for one that does not. */
  explain: DeploymentCommands['explain'] = async ({ id }) => {
    if (this.silence !== undefined) throw new Unreachable('TEMPORAL_UNAVAILABLE', this.silence);
    return explain(this.#state(id), this.progress);
  };

  waits: DeploymentCommands['waits'] = async () => {
    if (this.silence !== undefined) throw new Unreachable('TEMPORAL_UNAVAILABLE', this.silence);
    return this.waitsFor;
  };

  /** The Deployment's job comes up. @returns its row. */
  async reachesRunning({ id }: Pick<DeploymentAddress, 'id'>): Promise<JobRecord> {
    const state = this.#state(id);
    const now = this.#clock();
    state.counters.jobSequence += 1;
    const record = aStartedJob(state, now);
    state.job = { record, spec: state.document.spec, startedAt: now };
    setJobState(state, state.job, 'STARTED');
    await this.#becomes(state, {
      state: 'RUNNING',
      running: { jobId: record.id, transitionTime: now },
    });
    return state.job.record;
  }

  /** A step is under way, in a workflow of its own. */
  async beginsStep({ id }: Pick<DeploymentAddress, 'id'>, step: string, workflowId: string) {
    const state = this.#state(id);
    const since = this.#clock();
    state.inFlight = { step, reason: 'RUNNING is wanted', since, wish: state.wish, workflowId };
    touch(state);
    await this.#publish(state);
  }

  /** Whatever was under way ends in this status, with nothing left running. */
  async settles({ id }: Pick<DeploymentAddress, 'id'>, status: DeploymentState['status']) {
    const state = this.#state(id);
    if (state.job) setJobState(state, state.job, 'TERMINATED', { terminatedAt: this.#clock() });
    delete state.job;
    await this.#becomes(state, status);
  }

  async #becomes(state: DeploymentState, status: DeploymentState['status']): Promise<void> {
    state.status = status;
    state.resourceVersion += 1;
    state.modifiedAt = this.#clock();
    touch(state);
    await this.#publish(state);
  }

  async #publish(state: DeploymentState): Promise<DeploymentRecord> {
    await this.#store.write(batchOf(state, this.#clock()));
    state.outbox = { events: [], jobs: [], savepoints: [] };
    return this.#row(state.id);
  }

  async #savepoint(state: DeploymentState, reply: ChangeReply): Promise<Stored<SavepointRecord>> {
    await this.#publish(state);
    const savepoint = await this.#store.savepoints.get(reply.savepointId ?? '');
    if (savepoint === undefined) throw new Error('the accepted savepoint is not in the store');
    return savepoint;
  }

  async #row(id: string): Promise<DeploymentRecord> {
    const row = await this.#store.deployments.get(id);
    if (row === undefined) throw new Error(`no row of Deployment ${id}`);
    return row;
  }

  #state(id: string): DeploymentState {
    const state = this.#states.get(id);
    if (state === undefined) throw new Refused('DEPLOYMENT_NOT_FOUND', `no Deployment ${id}`);
    return state;
  }
}

/** A Job with the spec that the real rendering gives it: later decisions read their directories from there. */
function aStartedJob(state: DeploymentState, now: number): JobRecord {
  const { id: deploymentId, namespace, specVersion } = state;
  const { name: deploymentName, spec } = state.document;
  const sequence = state.counters.jobSequence;
  const id = jobIdOf(deploymentId, sequence, 1);
  const cluster = {
    clusterId: clusterIdOf(id),
    jobId: id,
    deploymentId,
    namespace,
    target: 'local',
  };
  const identity = { ...cluster, deploymentName };
  const { jobSpec } = renderJob({ spec, identity, storageUri: state.storageUri });
  const made = { id, deploymentId, namespace, deploymentName, sequence, attempt: 1, specVersion };
  return { ...made, target: 'local', state: 'STARTING', spec: jobSpec, startedAt: now };
}

function thrown(refusal: Refusal): Error {
  if (refusal.kind === 'invalid') return new ValidationFailed(refusal.problems);
  const codes = {
    tooLarge: 'DOCUMENT_TOO_LARGE',
    conflict: 'GENERATION_CONFLICT',
    notPossible: 'NOT_POSSIBLE_NOW',
    noActiveJob: 'NO_ACTIVE_JOB',
  } as const;
  return new Refused(codes[refusal.kind], refusal.message);
}
