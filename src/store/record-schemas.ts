import { z } from 'zod';
import type {
  ConditionRecord,
  DeploymentRecord,
  DeploymentStatus,
  DeploymentTargetRecord,
  Failure,
  JobObservationRecord,
  JobRecord,
  NewEvent,
  SavepointRecord,
} from '../core/records.ts';
import {
  deploymentStates,
  eventNames,
  flinkJobStates,
  jobStates,
  savepointOrigins,
  savepointStates,
} from '../core/vocabulary.ts';

/**
 * What is read back from the JSON of a row. The rows are our own, so this checks their shape, not their sense; it lets
 * a reader fail at the row that is broken and not three layers further.
 */
const object = z.record(z.string(), z.unknown());
const texts = z.record(z.string(), z.string());

const failure = z.object({
  message: z.string(),
  reason: z.string(),
  failedAt: z.number(),
}) satisfies z.ZodType<Failure>;

/** `deployments.status`. */
export const statusSchema = z.object({
  state: z.enum(deploymentStates),
  running: z.object({ jobId: z.string(), transitionTime: z.number() }).exactOptional(),
  failure: failure.exactOptional(),
  transitioningSince: z.number().exactOptional(),
}) satisfies z.ZodType<DeploymentStatus>;

/** The part of a Deployment that is in `deployments.body`; the other parts have columns of their own. */
export type DeploymentBody = Omit<
  DeploymentRecord,
  'fence' | 'revision' | 'status' | 'workflowState'
>;

/** `deployments.body`. */
export const deploymentBodySchema = z.object({
  id: z.string(),
  namespace: z.string(),
  name: z.string(),
  resourceVersion: z.number(),
  specVersion: z.number(),
  createdAt: z.number(),
  modifiedAt: z.number(),
  displayName: z.string().exactOptional(),
  labels: texts.exactOptional(),
  annotations: texts.exactOptional(),
  spec: object,
}) satisfies z.ZodType<DeploymentBody>;

/** `deployments.workflow_state`, opaque. */
export const workflowStateSchema = object;

/** `jobs.body`. */
export const jobSchema = z.object({
  id: z.string(),
  deploymentId: z.string(),
  namespace: z.string(),
  deploymentName: z.string(),
  sequence: z.number(),
  attempt: z.number(),
  specVersion: z.number(),
  target: z.string(),
  state: z.enum(jobStates),
  spec: object,
  failure: failure.exactOptional(),
  startedAt: z.number().exactOptional(),
  terminatedAt: z.number().exactOptional(),
}) satisfies z.ZodType<JobRecord>;

/** `savepoints.body`. */
export const savepointSchema = z.object({
  id: z.string(),
  deploymentId: z.string(),
  namespace: z.string(),
  jobId: z.string().exactOptional(),
  specVersion: z.number(),
  origin: z.enum(savepointOrigins),
  forUpgrade: z.boolean().exactOptional(),
  state: z.enum(savepointStates),
  type: z.enum(['FULL', 'INCREMENTAL', 'UNKNOWN']).exactOptional(),
  location: z.string().exactOptional(),
  flinkSavepointId: z.string().exactOptional(),
  failure: failure.exactOptional(),
}) satisfies z.ZodType<SavepointRecord>;

/** `events.body`. */
export const eventBodySchema = z.object({
  name: z.enum(eventNames),
  message: z.string(),
  jobId: z.string().exactOptional(),
}) satisfies z.ZodType<Pick<NewEvent, 'name' | 'message' | 'jobId'>>;

const condition = z.object({
  type: z.enum(['JobFailing', 'JobUnstable', 'ClusterUnreachable']),
  status: z.enum(['True', 'False', 'Unknown']),
  reason: z.string(),
  message: z.string(),
  lastTransitionTime: z.number(),
  lastUpdateTime: z.number(),
}) satisfies z.ZodType<ConditionRecord>;

/** `observations.body`. */
export const observationSchema = z.object({
  jobId: z.string(),
  deploymentId: z.string(),
  flinkJobState: z.enum([...flinkJobStates, 'UNKNOWN']),
  restarts: z.number(),
  seenAt: z.number(),
  checkpoint: z
    .object({
      id: z.number(),
      path: z.string(),
      isSavepoint: z.boolean(),
      completedAt: z.number().exactOptional(),
    })
    .exactOptional(),
  conditions: z.array(condition),
  memory: object.exactOptional(),
}) satisfies z.ZodType<JobObservationRecord>;

/** `targets.body`. */
export const targetSchema = z.object({
  id: z.string(),
  namespace: z.string(),
  name: z.string(),
  resourceVersion: z.number(),
  createdAt: z.number(),
  modifiedAt: z.number(),
  labels: texts.exactOptional(),
  annotations: texts.exactOptional(),
  spec: z.object({
    local: z.record(z.string(), z.never()).exactOptional(),
    kubernetes: z
      .object({ namespace: z.string(), context: z.string().exactOptional() })
      .exactOptional(),
  }),
}) satisfies z.ZodType<DeploymentTargetRecord>;
