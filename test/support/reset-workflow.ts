import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { temporal } from '@temporalio/proto';

const { ResetReapplyType } = temporal.api.enums.v1;
const { ResetWorkflowExecutionRequest } = temporal.api.workflowservice.v1;

/** Number of the event with which a run's first task is completed. */
const firstTaskCompleted = 4;

/**
 * What `temporal workflow reset` does: the newest run ends, and another one begins again from that one's first task.
 * @param reapply false: it hears of no message that came after.
 */
export async function resetWorkflow(
  client: Client,
  workflowId: string,
  { reapply = true } = {},
): Promise<void> {
  const { runId } = await client.workflow.getHandle(workflowId).describe();
  const request = ResetWorkflowExecutionRequest.fromObject({
    namespace: client.options.namespace,
    workflowExecution: { workflowId, runId },
    workflowTaskFinishEventId: firstTaskCompleted,
    requestId: randomUUID(),
    reason: 'a person did it',
    ...(reapply ? {} : { resetReapplyType: ResetReapplyType.RESET_REAPPLY_TYPE_NONE }),
  });
  await client.workflowService.resetWorkflowExecution(request);
}
