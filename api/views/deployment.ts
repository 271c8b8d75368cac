import type { Failure, JobObservationRecord, ListedDeployment } from '../../src/core/records.ts';
import { toldConditions } from '../../src/core/told-conditions.ts';
import { deploymentAnnotations } from './annotations.ts';
import { conditionView } from './conditions.ts';
import { nonEmpty, present, type Resource } from './envelope.ts';
import { timestamp } from './timestamps.ts';

/** What a view depends on besides the record. */
export interface DeploymentViewInput {
  record: ListedDeployment;
  /** What the watcher last saw of the running Job. */
  observation: JobObservationRecord | undefined;
  /** Epoch ms. */
  now: number;
  staleMs: number;
}

/** A Deployment on the wire (api.md 2.1). Nothing but the record and the Job's observation goes in. */
export function deploymentView(input: DeploymentViewInput): Resource {
  const { record } = input;
  return {
    kind: 'Deployment',
    apiVersion: 'v1',
    metadata: present({
      id: record.id,
      name: record.name,
      displayName: record.displayName,
      namespace: record.namespace,
      createdAt: timestamp(record.createdAt),
      modifiedAt: timestamp(record.modifiedAt),
      labels: nonEmpty(record.labels),
      annotations: {
        ...record.annotations,
        ...deploymentAnnotations(record.specVersion, record.status),
      },
      resourceVersion: record.resourceVersion,
    }),
    spec: record.spec,
    status: statusView(input),
  };
}

function statusView(input: DeploymentViewInput): Record<string, unknown> {
  const { status } = input.record;
  const running = status.state === 'RUNNING' ? status.running : undefined;
  return present({
    state: status.state,
    running: running === undefined ? undefined : runningView(input, running),
    failure: status.state === 'FAILED' ? failureView(status.failure) : undefined,
  });
}

/** `conditions` is always a list: clients read it unchecked while RUNNING (api.md 2.1). */
function runningView(
  input: DeploymentViewInput,
  running: { jobId: string; transitionTime: number },
): Record<string, unknown> {
  const { observation, now, staleMs } = input;
  return {
    jobId: running.jobId,
    transitionTime: timestamp(running.transitionTime),
    conditions: toldConditions({
      observation: observation?.jobId === running.jobId ? observation : undefined,
      runningSince: running.transitionTime,
      now,
      staleMs,
    }).map(conditionView),
  };
}

/** A failure on the wire: `failedAt` as a time; undefined stays undefined. */
export const failureView = (failure: Failure | undefined): object | undefined =>
  failure && {
    message: failure.message,
    reason: failure.reason,
    failedAt: timestamp(failure.failedAt),
  };
