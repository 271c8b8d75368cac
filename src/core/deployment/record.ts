import { z } from 'zod';
import type { DeploymentRecord, RecordBatch } from '../records.ts';
import type { DeploymentState } from './state.ts';

/** Of the ring of requests, a re-created workflow needs only what may still be repeated; rows stay small. */
const keptRequestsInStore = 16;

/** The Deployment's row: what readers see, and the state from which a lost workflow is created again (F65). */
export function recordOf(state: DeploymentState): DeploymentRecord {
  const { name, displayName, labels, annotations, spec } = state.document;
  return {
    id: state.id,
    namespace: state.namespace,
    name,
    resourceVersion: state.resourceVersion,
    specVersion: state.specVersion,
    createdAt: state.createdAt,
    modifiedAt: state.modifiedAt,
    ...(displayName === undefined ? {} : { displayName }),
    ...(labels ? { labels } : {}),
    ...(annotations ? { annotations } : {}),
    spec: { ...spec },
    status: state.status,
    fence: state.fence,
    revision: state.counters.revision,
    workflowState: {
      ...state,
      outbox: { events: [], jobs: [], savepoints: [] },
      requests: state.requests.slice(-keptRequestsInStore),
    },
  };
}

/** All that the store does not hold yet, as one write. The caller drops it from the outbox once it is confirmed. */
export function batchOf(state: DeploymentState, now: number): RecordBatch {
  return {
    deploymentId: state.id,
    namespace: state.namespace,
    fence: state.fence,
    at: now,
    deployment: recordOf(state),
    ...structuredOutbox(state),
  };
}

/** Removes what a confirmed write held; what was added meanwhile, or changed again, stays. */
export function confirm(state: DeploymentState, batch: RecordBatch): void {
  const { outbox } = state;
  const written = new Set(batch.events?.map((event) => event.key));
  outbox.events = outbox.events.filter((event) => !written.has(event.key));
  outbox.jobs = outbox.jobs.filter((job) => !batch.jobs?.includes(job));
  outbox.savepoints = outbox.savepoints.filter((one) => !batch.savepoints?.includes(one));
}

const structuredOutbox = (state: DeploymentState) => ({
  jobs: [...state.outbox.jobs],
  savepoints: [...state.outbox.savepoints],
  events: [...state.outbox.events],
});

const countersSchema = z.object({ counters: z.object({ step: z.number() }) });

/**
 * No step of the Deployment ever had an effect: its workflow stores what it is about to do before it does it (S22). What
 * cannot be read as a state counts as one that may have acted.
 */
export function neverActed({ workflowState }: DeploymentRecord): boolean {
  const read = countersSchema.safeParse(workflowState);
  return read.success && read.data.counters.step === 0;
}
