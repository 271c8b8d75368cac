import { withoutDashes } from '../../src/core/ids.ts';
import type { JobObservationRecord, JobRecord, Stored } from '../../src/core/records.ts';
import type { JobState, ObservedFlinkJobState } from '../../src/core/vocabulary.ts';
import { madeUnder } from './annotations.ts';
import { failureView } from './deployment.ts';
import { present, type Resource } from './envelope.ts';
import { timestamp } from './timestamps.ts';

/** A Job on the wire (api.md 2.2). */
export function jobView(
  record: Stored<JobRecord>,
  observation: JobObservationRecord | undefined,
): Resource {
  return {
    kind: 'Job',
    apiVersion: 'v1',
    metadata: present({
      id: record.id,
      namespace: record.namespace,
      createdAt: timestamp(record.createdAt),
      modifiedAt: timestamp(record.modifiedAt),
      terminatedAt: record.terminatedAt === undefined ? undefined : timestamp(record.terminatedAt),
      deploymentId: record.deploymentId,
      deploymentName: record.deploymentName,
      annotations: madeUnder(record.specVersion),
      resourceVersion: record.resourceVersion,
    }),
    spec: record.spec,
    status: present({
      state: record.state,
      failure: failureView(record.failure),
      started: startedView(record, observation),
    }),
  };
}

/** Set once Flink ran the job. Its status is what was last read of it; UNKNOWN before the first look (api.md 3.8). */
function startedView(
  record: Stored<JobRecord>,
  observation: JobObservationRecord | undefined,
): Record<string, unknown> | undefined {
  if (record.startedAt === undefined) return undefined;
  return {
    startedAt: timestamp(record.startedAt),
    flinkJobId: withoutDashes(record.id),
    lastUpdateTime: timestamp(knownSince(record, observation) ?? record.startedAt),
    observedFlinkJobRestarts: observation?.restarts ?? 0,
    observedFlinkJobStatus: statusAtEnd[record.state] ?? observation?.flinkJobState ?? 'UNKNOWN',
  };
}

function knownSince(
  record: Stored<JobRecord>,
  observation: JobObservationRecord | undefined,
): number | undefined {
  return record.state === 'TERMINATING'
    ? record.modifiedAt
    : (record.terminatedAt ?? observation?.seenAt);
}

/** How Flink's job is known to have ended, or that nobody looks any more: the last look at it is no news then. */
const statusAtEnd: Partial<Record<JobState, ObservedFlinkJobState>> = {
  TERMINATING: 'UNKNOWN',
  TERMINATED: 'CANCELED',
  FAILED: 'FAILED',
  FINISHED: 'FINISHED',
};
