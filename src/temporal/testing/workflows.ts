/** A stand-in for the workflow of a Deployment: it takes the messages and publishes, and decides nothing. */
import {
  ApplicationFailure,
  allHandlersFinished,
  condition,
  defineQuery,
  defineUpdate,
  proxyActivities,
  setHandler,
  upsertMemo,
  workflowInfo,
} from '@temporalio/workflow';
import {
  type ApplyChangeRequest,
  type DeploymentState,
  type MarkDeletedRequest,
  queries,
  type RegisterSavepointRequest,
  refusals,
  type TriggerSavepointRequest,
  type UpdateReply,
  updates,
} from '../../../workflows/messages.ts';
import { explain } from '../../core/deployment/explain.ts';
import { recordOf } from '../../core/deployment/record.ts';
import type { RecordBatch } from '../../core/records.ts';
import type { StandInActivities } from './stand-in-activities.ts';

const { publish, removeRow } = proxyActivities<StandInActivities>({ startToCloseTimeout: '10s' });

const applyChange = defineUpdate<UpdateReply, [ApplyChangeRequest]>(updates.applyChange);
const markDeleted = defineUpdate<UpdateReply, [MarkDeletedRequest]>(updates.markDeleted);
const triggerSavepoint = defineUpdate<UpdateReply, [TriggerSavepointRequest]>(
  updates.triggerSavepoint,
);
const registerSavepoint = defineUpdate<UpdateReply, [RegisterSavepointRequest]>(
  updates.registerSavepoint,
);

/** Named as the real one is. */
export async function deployment(state: DeploymentState): Promise<void> {
  const from = state.counters.revision;
  let published = from - 1;
  setHandler(applyChange, (request: ApplyChangeRequest) => change(state, request), {
    validator: check,
  });
  setHandler(markDeleted, (request: MarkDeletedRequest) => {
    state.deleted = true;
    return remember(state, request.requestId);
  });
  setHandler(triggerSavepoint, (request: TriggerSavepointRequest) =>
    addSavepoint(state, request.requestId, undefined),
  );
  setHandler(registerSavepoint, (request: RegisterSavepointRequest) =>
    addSavepoint(state, request.requestId, request.location),
  );
  setHandler(defineQuery<unknown>(queries.explain), () => explanation(state));
  upsertMemo({ state: state.status.state });
  while (!state.deleted) {
    await condition(() => published < state.counters.revision || state.deleted);
    await condition(allHandlersFinished);
    if (state.deleted) break;
    published = state.counters.revision;
    await publish({ ...nextBatch(state), run: { id: workflowInfo().runId, from } });
  }
  await removeRow(state.id, state.fence);
}

/** Workers of other versions answer otherwise, or fail. */
function explanation(state: DeploymentState): unknown {
  const { displayName } = state.document;
  if (displayName === 'of another version') return { why: 'it is so' };
  if (displayName === 'broken') throw new Error('cannot explain');
  return explain(state);
}

const nextBatch = (state: DeploymentState): RecordBatch => ({
  deploymentId: state.id,
  namespace: state.namespace,
  fence: state.fence,
  at: Date.now(),
  deployment: recordOf(state),
  savepoints: state.outbox.savepoints.splice(0),
});

function check(request: ApplyChangeRequest): void {
  const name = request.body.metadata?.displayName;
  const refuse = (type: string, details?: unknown) => {
    throw ApplicationFailure.create({ type, message: `refused as ${type}`, details: [details] });
  };
  if (name === 'invalid') {
    refuse(refusals.invalid, { problems: [{ field: 'spec.state', message: 'is wrong' }] });
  }
  if (name === 'conflict') refuse(refusals.conflict);
  if (name === 'not possible') refuse(refusals.notPossible);
  if (name === 'no active job') refuse(refusals.noActiveJob);
}

function change(state: DeploymentState, request: ApplyChangeRequest): UpdateReply {
  const known = state.requests.find(({ id }) => id === request.requestId);
  if (known) return { ...known.reply, run: workflowInfo().runId };
  const displayName = request.body.metadata?.displayName;
  if (typeof displayName === 'string') state.document.displayName = displayName;
  state.settings = request.settings;
  return remember(state, request.requestId);
}

function addSavepoint(
  state: DeploymentState,
  requestId: string,
  location: string | undefined,
): UpdateReply {
  if (state.document.spec.state !== 'RUNNING' && !location) {
    throw ApplicationFailure.create({ type: refusals.noActiveJob, message: 'no job runs' });
  }
  state.outbox.savepoints.push({
    id: requestId,
    deploymentId: state.id,
    namespace: state.namespace,
    specVersion: state.specVersion,
    origin: location ? 'COPIED' : 'USER_REQUEST',
    state: location ? 'COMPLETED' : 'STARTED',
    ...(location ? { location } : {}),
  });
  return remember(state, requestId, requestId);
}

function remember(state: DeploymentState, id: string, savepointId?: string): UpdateReply {
  state.counters.revision += 1;
  state.resourceVersion += 1;
  const reply: UpdateReply = {
    run: workflowInfo().runId,
    changed: true,
    resourceVersion: state.resourceVersion,
    revision: state.counters.revision,
    warnings: ['a warning'],
    ...(savepointId ? { savepointId } : {}),
  };
  state.requests.push({ id, content: '', reply });
  return reply;
}
