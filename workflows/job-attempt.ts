import { ActivityFailure } from '@temporalio/common';
import { isCancellation } from '@temporalio/workflow';
import type { Handover, Submission } from '../activities/contract.ts';
import type { FoundCheckpoint } from '../src/core/deployment/restore-points.ts';
import { restoreFields } from '../src/core/deployment/restore-points.ts';
import type { JobInState, Pin } from '../src/core/deployment/state.ts';
import {
  handleOf,
  type JobHandle,
  type LeftJob,
  type StartInput,
} from '../src/core/deployment/steps.ts';
import { type RenderedJob, renderJob } from '../src/core/document/index.ts';
import { clusterIdOf, jobIdOf } from '../src/core/ids.ts';
import type { JobRecord } from '../src/core/records.ts';
import type { JobState } from '../src/core/vocabulary.ts';
import type { Attempt } from './attempt.ts';
import { patient, quick } from './proxies.ts';

/** One attempt to start = one Job, with its identity, its rendered configuration and its row (reliability.md 2.1). */
export interface JobAttempt {
  /** Number of the Job within its sequence. */
  attempt: number;
  rendered: RenderedJob;
  record: JobRecord;
  handle: JobHandle;
}

/** Computes everything about the Job of this attempt before its first effect (S22, S23). */
export function draftJob(input: StartInput, attempt: number, state: JobState): JobAttempt {
  const id = jobIdOf(input.deploymentId, input.sequence, attempt);
  const { deploymentId, deploymentName, namespace, target } = input;
  const rendered = renderJob({
    spec: input.origin.spec,
    identity: {
      clusterId: clusterIdOf(id),
      jobId: id,
      deploymentId,
      deploymentName,
      namespace,
      target,
    },
    storageUri: input.storageUri,
  });
  const record: JobRecord = {
    id,
    deploymentId,
    namespace,
    deploymentName,
    sequence: input.sequence,
    attempt,
    specVersion: input.specVersion,
    target,
    state,
    spec: { ...rendered.jobSpec, ...restoreFields(input.pin) },
  };
  return { attempt, rendered, record, handle: handleOf({ record }) };
}

/** The attempt on a warm standby: it keeps its row, which learns what it starts from. */
export function draftOnStandby(
  input: StartInput,
  { record }: JobInState,
  pin: Pin | undefined,
): JobAttempt {
  const drafted = draftJob(input, input.firstAttempt, 'STARTING');
  const spec = { ...record.spec, ...restoreFields(pin) };
  return {
    ...drafted,
    record: { ...record, state: 'STARTING', spec },
    handle: handleOf({ record }),
  };
}

/** What Flink is handed: the program, under the Job's own id and from its restore point. */
export const submissionOf = (job: JobAttempt, pin: Pin): Submission => ({ ...programOf(job), pin });

const programOf = ({ rendered, handle }: JobAttempt): Omit<Submission, 'pin'> => ({
  job: handle,
  jarUri: rendered.jarUri,
  flinkVersion: rendered.cluster.flinkVersion,
  run: rendered.run,
});

/** What the old job's end hands over to: the attempt on the warm standby, but for what it starts from. */
export function handoverOf(input: StartInput): Handover | undefined {
  if (!input.standby) return undefined;
  const job = draftOnStandby(input, input.standby, undefined);
  const { restoreStrategy } = input.origin.spec;
  return { ...programOf(job), record: job.record, fence: input.fence, restoreStrategy };
}

/** Artifact, cluster, upload: everything of a start that does not need the old job's end. */
export async function bringUpCluster(
  input: StartInput,
  job: JobAttempt,
  attempt: Attempt,
  roomMs?: number,
): Promise<void> {
  const { cluster } = job.rendered;
  const { startTimeoutMs, stepPollMs } = input.settings;
  await attempt.soft(async () => {
    const calls = patient(input.settings, startTimeoutMs);
    await calls.fetchArtifact({ cluster: job.handle.cluster, jarUri: job.rendered.jarUri });
    await quick(input.settings).ensureCluster({ cluster });
    await calls.awaitCluster({
      cluster: job.handle.cluster,
      taskManagers: cluster.taskManagers,
      flinkConfiguration: cluster.flinkConfiguration,
      timeoutMs: startTimeoutMs,
      pollMs: stepPollMs,
      ...(roomMs === undefined ? {} : { roomMs }),
    });
    await calls.uploadArtifact({ cluster: job.handle.cluster, jarUri: job.rendered.jarUri });
  });
}

/**
 * Ends what an attempt began, keeping its newest checkpoint. A person's force does not wait for it, and after an outage
 * longer than the limit it cannot be done, nor while nobody can tell what its job left: then it is left to the parent,
 * and no further attempt starts beside it (S1, S3). Where no job was submitted, what else is wanted waits only a while.
 * @param isIdle no job was ever submitted to it.
 */
export async function clearAway(
  { settings }: StartInput,
  attempt: Attempt,
  job: JobAttempt,
  { mayHaveRun, isIdle }: { mayHaveRun: boolean; isIdle: boolean },
): Promise<{ found?: FoundCheckpoint; left?: LeftJob }> {
  const left = { record: job.record, mayHaveRun, ...(isIdle ? { isIdle } : {}) };
  try {
    const ended = await attempt.hard(
      () => patient(settings).endAttempt({ job: job.handle, submitted: mayHaveRun }),
      isIdle ? settings.forceCancelMs : undefined,
    );
    // Nothing was removed: the parent asks on, and says so.
    return ended.uncertain === undefined ? ended : { left };
  } catch (error) {
    if (!isCancellation(error) && !(error instanceof ActivityFailure)) throw error;
    return { left };
  }
}

/** The events of a cluster that comes up (api.md 3.7). */
export const bringUpStory = (job: JobAttempt, limit: number) =>
  [
    ['CREATING_A_NEW_JOB', `Job ${job.record.id}, attempt ${job.attempt} of ${limit}`],
    ['SPINNING_UP_A_CLUSTER_FOR_A_JOB', `Cluster ${job.handle.cluster.clusterId}`],
    ['AWAITING_FOR_A_CLUSTER_TO_SPIN_UP', 'Waiting for JobManager and TaskManagers'],
  ] as const;

/** The event of an attempt that a newer wish, or a person, ends (S10). */
export const calledOff = ({ record }: JobAttempt) =>
  [
    'FOUND_A_JOB_TO_TERMINATE',
    `Job ${record.id} is not wanted any more, and its cluster is gone`,
  ] as const;
