import { randomUUID } from 'node:crypto';
import type {
  DeploymentRecord,
  DeploymentTargetRecord,
  JobRecord,
  NewEvent,
  RecordBatch,
  SavepointRecord,
} from '../../core/records.ts';

/** Records for tests of the store: complete, plain, and different only where a test says so. */
export const someTime = Date.UTC(2024, 0, 1);

export function aDeployment(changes: Partial<DeploymentRecord> = {}): DeploymentRecord {
  const id = changes.id ?? randomUUID();
  return {
    id,
    namespace: 'default',
    name: `counter-${id}`,
    resourceVersion: 1,
    specVersion: 1,
    createdAt: someTime,
    modifiedAt: someTime,
    spec: {
      state: 'RUNNING',
      deploymentTargetName: 'local',
      template: { spec: { parallelism: 1 } },
    },
    status: { state: 'CANCELLED' },
    fence: 1,
    revision: 1,
    workflowState: { counters: { revision: 1 } },
    ...changes,
  };
}

export function aJob(of: DeploymentRecord, changes: Partial<JobRecord> = {}): JobRecord {
  return {
    id: randomUUID(),
    deploymentId: of.id,
    namespace: of.namespace,
    deploymentName: of.name,
    sequence: 1,
    attempt: 1,
    specVersion: 1,
    target: 'local',
    state: 'STARTING',
    spec: { parallelism: 1 },
    ...changes,
  };
}

export function aSavepoint(
  of: DeploymentRecord,
  changes: Partial<SavepointRecord> = {},
): SavepointRecord {
  return {
    id: randomUUID(),
    deploymentId: of.id,
    namespace: of.namespace,
    specVersion: 1,
    origin: 'USER_REQUEST',
    state: 'STARTED',
    ...changes,
  };
}

export function anEvent(key: string, changes: Partial<NewEvent> = {}): NewEvent {
  return { key, name: 'CREATING_A_NEW_JOB', message: `event ${key}`, at: someTime, ...changes };
}

export function aBatch(of: DeploymentRecord, changes: Partial<RecordBatch> = {}): RecordBatch {
  return {
    deploymentId: of.id,
    namespace: of.namespace,
    fence: of.fence,
    at: someTime,
    ...changes,
  };
}

export function aTarget(changes: Partial<DeploymentTargetRecord> = {}): DeploymentTargetRecord {
  return {
    id: randomUUID(),
    namespace: 'default',
    name: 'local',
    resourceVersion: 1,
    createdAt: someTime,
    modifiedAt: someTime,
    spec: { local: {} },
    ...changes,
  };
}
