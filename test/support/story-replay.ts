import type { Client } from '@temporalio/client';
import { Worker, type WorkflowBundle } from '@temporalio/worker';
import { replayableRuns } from './replay.ts';

/** Replays every history on the server against the present code (temporal.md 12). @throws on the first that does not. */
export async function replayAll(
  client: Client,
  workflowBundle: WorkflowBundle,
  payloadConverterPath: string,
): Promise<number> {
  const runs = await replayableRuns(client);
  const options = { workflowBundle, dataConverter: { payloadConverterPath } };
  for await (const { error, workflowId } of Worker.runReplayHistories(options, runs))
    if (error) throw new Error(`history of ${workflowId} does not replay`, { cause: error });
  return runs.length;
}
