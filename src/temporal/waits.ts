import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { deploymentWorkflowId } from '../../workflows/messages.ts';
import { type PendingEffect, type Wait, waitsOf } from '../core/deployment/waits.ts';
import type { DeploymentRecord } from '../core/records.ts';
import { fromTemporal } from './errors.ts';

type Description = Awaited<ReturnType<ReturnType<Client['workflow']['getHandle']>['describe']>>;
type Pending = NonNullable<Description['raw']['pendingActivities']>[number];

/**
 * What a Deployment waits for at this moment, as its effects under way say in their heartbeats. Temporal answers it
 * without a worker and without a line of history (temporal.md 15).
 * @param timeoutMs for all of it.
 * @throws {Unreachable} TEMPORAL_UNAVAILABLE when it does not answer.
 */
export async function waitsOfDeployment(
  client: Client,
  { namespace, id }: Pick<DeploymentRecord, 'namespace' | 'id'>,
  timeoutMs: number,
): Promise<Wait[]> {
  try {
    return await client.withDeadline(Date.now() + timeoutMs, async () => {
      const { raw } = await client.workflow
        .getHandle(deploymentWorkflowId(namespace, id))
        .describe();
      const steps = (raw.pendingChildren ?? []).flatMap(({ workflowId }) => workflowId ?? []);
      const children = await Promise.all(steps.map((step) => pendingOf(client, step)));
      return waitsOf([...(raw.pendingActivities ?? []), ...children.flat()].map(effectOf));
    });
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return [];
    throw fromTemporal(error);
  }
}

async function pendingOf(client: Client, workflowId: string): Promise<Pending[]> {
  try {
    const { raw } = await client.workflow.getHandle(workflowId).describe();
    return raw.pendingActivities ?? [];
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return []; // it ended this moment
    throw error;
  }
}

/** `PENDING_ACTIVITY_STATE_SCHEDULED` in Temporal's API: no worker has it. */
const scheduled = 1;

function effectOf(pending: Pending): PendingEffect {
  const [details] = pending.heartbeatDetails?.payloads ?? [];
  const lastError = pending.lastFailure?.message;
  return {
    name: pending.activityType?.name ?? '',
    queued: pending.state === scheduled,
    tries: pending.attempt ?? 1,
    heartbeat: details ? readable(details) : undefined,
    scheduledAt: msOf(pending.scheduledTime),
    startedAt: msOf(pending.lastStartedTime),
    heartbeatAt: msOf(pending.lastHeartbeatTime),
    nextTryAt: msOf(pending.nextAttemptScheduleTime),
    ...(lastError ? { lastError } : {}),
  };
}

/** Of another release, or sealed by a codec: then it says nothing, and nothing fails of it. */
function readable(payload: Payload): unknown {
  try {
    return defaultPayloadConverter.fromPayload(payload);
  } catch {
    return undefined;
  }
}

const msOf = (time: Pending['scheduledTime']): number | undefined =>
  time?.seconds ? time.seconds.toNumber() * 1_000 + (time.nanos ?? 0) / 1_000_000 : undefined;
