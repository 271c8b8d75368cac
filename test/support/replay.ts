import type { Client } from '@temporalio/client';
import { Worker, type WorkflowBundleOption } from '@temporalio/worker';

/**
 * Replays every run of the client's namespace on the bundle (L6, temporal.md 12). A run without a completed workflow
 * task is left out: the replayer never returns on it.
 * @throws an Error that names the runs which do not follow their history, or says that there was none to replay.
 */
export async function replayAll(
  client: Client,
  workflowBundle: WorkflowBundleOption,
  payloadConverterPath: string,
): Promise<void> {
  const runs = await replayableRuns(client);
  if (runs.length === 0) throw new Error('no run has a history to replay');
  const failures: string[] = [];
  const options = { workflowBundle, dataConverter: { payloadConverterPath } };
  for await (const { workflowId, error } of Worker.runReplayHistories(options, runs)) {
    if (error !== undefined) failures.push(`${workflowId}: ${error.message}`);
  }
  if (failures.length > 0) throw new Error(`runs that do not replay: ${failures.join('; ')}`);
}

async function replayableRuns(client: Client) {
  const runs = [];
  for await (const { workflowId, runId } of client.workflow.list({ pageSize: 1_000 })) {
    const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    const began = history.events?.some((event) => event.workflowTaskCompletedEventAttributes);
    if (began === true) runs.push({ workflowId, history });
  }
  return runs;
}
