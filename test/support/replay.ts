import type { Client } from '@temporalio/client';

/** A run of a workflow with what happened in it. */
export interface RunHistory {
  workflowId: string;
  history: Awaited<ReturnType<ReturnType<Client['workflow']['getHandle']>['fetchHistory']>>;
}

/**
 * All runs in the client's namespace that a replay can follow. One without a completed workflow task is left out: the
 * replayer never returns on it (temporal.md 12).
 */
export async function replayableRuns(client: Client): Promise<RunHistory[]> {
  const runs: RunHistory[] = [];
  for await (const { workflowId, runId } of client.workflow.list({ pageSize: 1_000 })) {
    const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    const began = history.events?.some((event) => event.workflowTaskCompletedEventAttributes);
    if (began === true) runs.push({ workflowId, history });
  }
  return runs;
}
