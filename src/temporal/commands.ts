import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/common';
import {
  deploymentWorkflowId,
  type MarkDeletedRequest,
  type UpdateReply,
  updates,
} from '../../workflows/messages.ts';
import { createState } from '../core/deployment/create.ts';
import { neverActed } from '../core/deployment/record.ts';
import { contentOf } from '../core/deployment/request-content.ts';
import { Refused, SluiceError, Unreachable } from '../core/errors/index.ts';
import type { DeploymentRecord, SavepointRecord, Stored } from '../core/records.ts';
import type { TransitionSettings } from '../core/settings.ts';
import type { Store } from '../store/store.ts';
import type {
  Changed,
  CreateRequest,
  DeploymentAddress,
  DeploymentCommands,
} from './deployment-commands.ts';
import { describeOpenRun, startDeployment } from './deployment-workflow.ts';
import { fromTemporal } from './errors.ts';
import { explainDeployment } from './explain.ts';
import type { LostDeployments } from './lost-deployments.ts';
import { waitsOfDeployment } from './waits.ts';

export interface CommandsDeps {
  client: Client;
  store: Store;
  lost: LostDeployments;
  settings: TransitionSettings;
  /** `blobStorage.baseUri`. */
  storageUri: string;
  /** Epoch ms. */
  clock: () => number;
  /** One call to Temporal, ms: longer than a killed worker stalls its workflows (2 s; temporal.md 2, trap 8). Default 5 s. */
  callMs?: number;
  /** How long an accepted change may take to show in the store, ms. Default 5 s. */
  visibleMs?: number;
  /** How long an explanation may take, ms. Default 2 s. */
  explainMs?: number;
}

/** Between two looks into the store, ms: an idle workflow publishes 3 to 7 ms after its answer (temporal.md 9). */
const lookMs = 8;

/** The way of the API to Deployments: updates on their workflows, answered once the store shows their effect. */
export function createDeploymentCommands(deps: CommandsDeps): DeploymentCommands {
  return {
    create: (request) => create(deps, request),
    change: async (at, request) => {
      const reply = await ask(deps, at, updates.applyChange, request.requestId, {
        ...request,
        settings: deps.settings,
      });
      const record = await untilShown(deps, at, reply);
      return { record, changed: reply.changed, warnings: reply.warnings };
    },
    remove: (at, request) => remove(deps, at, request),
    triggerSavepoint: async (at, request) => {
      const reply = await ask(deps, at, updates.triggerSavepoint, request.requestId, request);
      return await savepointOf(deps, at, reply);
    },
    registerSavepoint: async (at, request) => {
      const reply = await ask(deps, at, updates.registerSavepoint, request.requestId, request);
      return await savepointOf(deps, at, reply);
    },
    explain: (deployment) => explainDeployment(deps.client, deployment, deps.explainMs ?? 2_000),
    waits: (deployment) => waitsOfDeployment(deps.client, deployment, deps.explainMs ?? 2_000),
  };
}

/**
 * The row first: from then on the Deployment exists, and whatever happens to the start, a repeat or the sweep sees to it.
 * A row that has moved on, or whose run has ended, belongs to a repeated request: it is not begun afresh.
 */
async function create(deps: CommandsDeps, request: CreateRequest): Promise<Changed> {
  const first = createState({
    ...request,
    settings: deps.settings,
    storageUri: deps.storageUri,
    now: deps.clock(),
  });
  await deps.store.deployments.insert(first.record, first.events);
  const row = (await deps.store.deployments.get(request.id)) ?? first.record;
  const untouched = row.fence === first.record.fence && row.revision === first.record.revision;
  const started = untouched && (await startFirst(deps, row));
  if (!started) await deps.lost.restore(request);
  const record = (await deps.store.deployments.get(request.id)) ?? row;
  return { record, changed: true, warnings: request.warnings };
}

/** @returns false when the Deployment has, or had, a run already. */
async function startFirst(deps: CommandsDeps, record: DeploymentRecord): Promise<boolean> {
  try {
    await call(deps, () => startDeployment(deps.client, record, 'first'));
    return true;
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return false;
    throw fromTemporal(error);
  }
}

async function remove(
  deps: CommandsDeps,
  at: DeploymentAddress,
  request: MarkDeletedRequest,
): Promise<DeploymentRecord> {
  const record = await deps.store.deployments.get(at.id);
  if (record?.namespace !== at.namespace) throw notFound(at);
  try {
    await ask(deps, at, updates.markDeleted, request.requestId, request);
  } catch (error) {
    const isRefused = error instanceof SluiceError && !error.retryable;
    if (!isRefused && (await removeNeverStarted(deps, at))) return record;
    throw error;
  }
  const row = await lookUntil(deps, at, (found) => found === undefined);
  if (row !== 'late') return record;
  throw late(`Deployment ${at.id} is being deleted, but is not gone yet`);
}

/**
 * A row whose workflow cannot be started holds its name and nothing else: there is nobody to ask, and nothing to clear away.
 * A start that goes through all the same finds itself below the raised fence before it does anything (S21, S22).
 */
async function removeNeverStarted(deps: CommandsDeps, at: DeploymentAddress): Promise<boolean> {
  const { deployments } = deps.store;
  const row = await deployments.get(at.id);
  if (!row || !neverActed(row)) return false;
  const describe = () => describeOpenRun(deps.client, at.namespace, at.id);
  const run = await call(deps, describe).catch(() => 'unknown' as const);
  const raised = run === undefined ? await deployments.raiseFence(at.id) : undefined;
  if (!raised || !neverActed(raised)) return false;
  await deployments.remove(at.id, raised.fence);
  return true;
}

/** Asks the workflow; one that is lost is taken up from the store and asked again. */
async function ask(
  deps: CommandsDeps,
  at: DeploymentAddress,
  update: string,
  requestId: string,
  request: object,
): Promise<UpdateReply> {
  const handle = deps.client.workflow.getHandle(deploymentWorkflowId(at.namespace, at.id));
  // Within a run Temporal itself answers a known update id, whatever is asked: another content must reach the workflow.
  const updateId = `${requestId}/${contentOf(update, request)}`;
  const askOnce = () =>
    call(deps, () =>
      handle.executeUpdate<UpdateReply, [object]>(update, { args: [request], updateId }),
    );
  try {
    return await askOnce().catch(async (error: unknown) => {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
      if ((await deps.lost.restore(at)) === 'gone') throw notFound(at);
      return await askOnce();
    });
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) throw late(`Deployment ${at.id} is in transit`);
    throw fromTemporal(error);
  }
}

const call = <T>(deps: CommandsDeps, action: () => Promise<T>): Promise<T> =>
  deps.client.withDeadline(Date.now() + (deps.callMs ?? 5_000), action);

/** An answered write is visible to every later read (api.md 1.11). */
async function untilShown(
  deps: CommandsDeps,
  at: DeploymentAddress,
  reply: UpdateReply,
): Promise<DeploymentRecord> {
  const row = await lookUntil(
    deps,
    at,
    async (found) =>
      found === undefined ||
      (found.revision >= reply.revision &&
        (await deps.store.deployments.isWrittenBy(at.id, reply.run))),
  );
  if (row === 'late')
    throw late(`the change of Deployment ${at.id} is accepted, but not stored yet`);
  if (row === undefined) throw notFound(at);
  return row;
}

async function lookUntil(
  deps: CommandsDeps,
  at: DeploymentAddress,
  wanted: (row: DeploymentRecord | undefined) => boolean | Promise<boolean>,
): Promise<DeploymentRecord | undefined | 'late'> {
  const deadline = Date.now() + (deps.visibleMs ?? 5_000);
  for (;;) {
    const row = await deps.store.deployments.get(at.id);
    if (await wanted(row)) return row;
    if (Date.now() > deadline) return 'late';
    await sleep(lookMs);
  }
}

async function savepointOf(
  deps: CommandsDeps,
  at: DeploymentAddress,
  reply: UpdateReply,
): Promise<Stored<SavepointRecord>> {
  await untilShown(deps, at, reply);
  const savepoint =
    reply.savepointId === undefined
      ? undefined
      : await deps.store.savepoints.get(reply.savepointId);
  if (!savepoint)
    throw late(`the savepoint of Deployment ${at.id} is accepted, but not stored yet`);
  return savepoint;
}

const notFound = (at: DeploymentAddress): Refused =>
  new Refused('DEPLOYMENT_NOT_FOUND', `no Deployment ${at.id} in namespace ${at.namespace}`);

const late = (what: string): Unreachable =>
  new Unreachable('TEMPORAL_UNAVAILABLE', `${what}; send the request again in a moment`);
