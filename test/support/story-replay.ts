import type { Client } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import { payloadConverterPath } from '../../src/temporal/workflow-bundle.ts';
import { type RunHistory, replayableRuns } from './replay.ts';
import { storyWorkflows } from './story-workers.ts';

/** As many as a story's end has time for; the second pass of the suite replays every task of every run anyway. */
const sampled = 24;

/**
 * Replays histories on the server against the present code (temporal.md 12): all, or where there are many an even sample,
 * in which every type of workflow has its share. @throws on the first that does not.
 */
export async function replayAll(client: Client): Promise<number> {
  const runs = evenSample(await replayableRuns(client));
  const options = {
    workflowBundle: await storyWorkflows(),
    dataConverter: { payloadConverterPath },
  };
  for await (const { error, workflowId } of Worker.runReplayHistories(options, runs))
    if (error) throw new Error(`history of ${workflowId} does not replay`, { cause: error });
  return runs.length;
}

function evenSample(runs: RunHistory[]): RunHistory[] {
  const step = Math.ceil(runs.length / sampled);
  const typeOf = ({ workflowId }: RunHistory) => workflowId.split('/')[3] ?? '';
  return runs
    .toSorted((a, b) => typeOf(a).localeCompare(typeOf(b)))
    .filter((_, n) => n % step === 0);
}
