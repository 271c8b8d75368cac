import { Refused } from '../src/core/errors/index.ts';
import { terminalFlinkJobStates } from '../src/core/vocabulary.ts';
import type { FlinkEndpoint } from '../src/flink/client.ts';
import { locate, missingTaskManagers, silentMeansNotYet } from './clusters.ts';
import type { WarmUp } from './contract.ts';
import type { ActivityDeps } from './deps.ts';
import { NotYet } from './poll.ts';
import { saysSubmittedBefore, uploadOnce } from './upload.ts';

const warmUpJobId = '5a1ce0000000000000000000000a4a11';
export const warmUpPollMs = 50;

/**
 * Runs the throw-away job and waits for its end, so that the first submission and the first tasks of the user's job find
 * everything loaded (flink.md 6). A cluster that refuses it is only slower, and that is no reason to fail; but once
 * submitted it must have ended, or it would hold the slots.
 */
export async function warmUp(
  deps: ActivityDeps,
  input: WarmUp,
  signal: AbortSignal,
): Promise<true | NotYet> {
  const at = await locate(deps, input.cluster, signal);
  if (at.kind === 'gone') throw new Refused('CLUSTER_START_FAILED', at.why);
  const missing = missingTaskManagers(at.seen);
  if (missing) throw new Refused('CLUSTER_START_FAILED', missing);
  return silentMeansNotYet(runOnce(at.endpoint, deps, input, signal), signal);
}

async function runOnce(
  endpoint: FlinkEndpoint,
  deps: ActivityDeps,
  { flinkVersion, parallelism }: WarmUp,
  signal: AbortSignal,
): Promise<true | NotYet> {
  const state = await endpoint.jobState(warmUpJobId, signal);
  if (state)
    return terminalFlinkJobStates.includes(state) || new NotYet(`the warm-up job is ${state}`);
  const file = { path: deps.warmUpJar, sha256: 'sluice-warm-up', filename: 'warm-up.jar' };
  const jarId = await uploadOnce(endpoint, file, signal);
  const { slotsTotal } = await endpoint.overview(signal);
  const slots = Math.max(1, Math.min(parallelism, slotsTotal));
  const run = { flinkVersion, programArgs: [], parallelism: slots, jobId: warmUpJobId };
  const isOver = await isRefused(endpoint.run({ ...run, jarId }, signal));
  return isOver || new NotYet('the warm-up job was submitted');
}

/** Refused for another reason than an earlier request of ours that is still at work. */
async function isRefused(run: Promise<void>): Promise<boolean> {
  try {
    await run;
    return false;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return !saysSubmittedBefore(error);
  }
}
