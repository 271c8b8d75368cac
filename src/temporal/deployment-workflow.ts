import type { Client } from '@temporalio/client';
import {
  defineSearchAttributeKey,
  type SearchAttributePair,
  WorkflowNotFoundError,
} from '@temporalio/common';
import {
  deploymentWorkflowId,
  deploymentWorkflowType,
  type searchAttributes,
  taskQueues,
} from '../../workflows/messages.ts';
import type { DeploymentRecord } from '../core/records.ts';

/** Key of the memo that names the incarnation of a run: one below the row's fence can write nothing (S21). */
const fenceMemo = 'fence';

/** Keyword search attributes hold at most this many characters. */
const maxKeyword = 255;

/**
 * Starts the workflow from the row: its state is in there.
 * @param way `first`: only if there never was a run; `again`: only if none is open; `instead`: an open one, which is fenced
 *   out already, is replaced.
 * @throws {WorkflowExecutionAlreadyStartedError} see `way`.
 */
export async function startDeployment(
  client: Client,
  record: DeploymentRecord,
  way: 'first' | 'again' | 'instead',
): Promise<void> {
  await client.workflow.start(deploymentWorkflowType, {
    workflowId: deploymentWorkflowId(record.namespace, record.id),
    taskQueue: taskQueues.main,
    args: [record.workflowState],
    workflowIdReusePolicy: way === 'first' ? 'REJECT_DUPLICATE' : 'ALLOW_DUPLICATE',
    workflowIdConflictPolicy: way === 'instead' ? 'TERMINATE_EXISTING' : 'FAIL',
    typedSearchAttributes: searchAttributesOf(record),
    memo: { name: record.name, [fenceMemo]: record.fence },
  });
}

/** What operators find a Deployment by in the Web UI; kept current by the workflow itself. */
function searchAttributesOf(record: DeploymentRecord): SearchAttributePair[] {
  const target = record.spec.deploymentTargetName ?? record.spec.deploymentTargetId;
  const values: Record<keyof typeof searchAttributes, unknown> = {
    SluiceState: record.status.state,
    SluiceDesired: record.spec.state,
    SluiceName: record.name,
    SluiceNamespace: record.namespace,
    SluiceTarget: target,
  };
  return Object.entries(values).flatMap(([name, value]) =>
    typeof value === 'string'
      ? [{ key: defineSearchAttributeKey(name, 'KEYWORD'), value: value.slice(0, maxKeyword) }]
      : [],
  );
}

/** An open run of a Deployment's workflow. */
export interface OpenRun {
  /** Incarnation it was started with. A run that carries none was not started by us: nothing is above it. */
  fence: number;
}

/** @returns undefined when Temporal says that no run is open, from the run's own record, not from visibility. */
export async function describeOpenRun(
  client: Client,
  namespace: string,
  id: string,
): Promise<OpenRun | undefined> {
  try {
    const run = await client.workflow.getHandle(deploymentWorkflowId(namespace, id)).describe();
    const isOpen = run.status.name === 'RUNNING' || run.status.name === 'PAUSED';
    return isOpen ? { fence: fenceOf(run.memo) } : undefined;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

/** Open runs by workflow id, as visibility lists them: may lag behind, so absence is to be confirmed. */
export async function listOpenRuns(client: Client): Promise<Map<string, OpenRun>> {
  const open = new Map<string, OpenRun>();
  const query = `WorkflowType = '${deploymentWorkflowType}' AND ExecutionStatus = 'Running'`;
  for await (const run of client.workflow.list({ query, pageSize: 1_000 })) {
    open.set(run.workflowId, { fence: fenceOf(run.memo) });
  }
  return open;
}

const fenceOf = (memo: Record<string, unknown> | undefined): number => {
  const fence = memo?.[fenceMemo];
  return typeof fence === 'number' ? fence : Number.POSITIVE_INFINITY;
};
