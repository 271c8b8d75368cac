import type { JobEnd } from '../src/core/deployment/state.ts';
import type { JobHandle } from '../src/core/deployment/steps.ts';
import { HeldElsewhere, Refused, Unreachable } from '../src/core/errors/index.ts';
import { locate, targetOf, targetToClear } from './clusters.ts';
import type { Activities, CancelJob, Cancelled } from './contract.ts';
import type { ActivityDeps } from './deps.ts';
import { lastKnownOf, newestOf } from './found-checkpoints.ts';
import { endOf, gone } from './job-end.ts';
import { NotYet, pollUntil } from './poll.ts';
import { recordEnd } from './record-end.ts';
import { removeCluster } from './remove-cluster.ts';
import { runActivity } from './run-activity.ts';

type Stop = Pick<
  Activities,
  'cancelJob' | 'recordEnd' | 'closeCluster' | 'lastKnown' | 'repairCluster'
>;

/** Effects that end jobs and clusters, keeping what can be restored. */
export const createStop = (deps: ActivityDeps): Stop => ({
  cancelJob: (input) => cancelJob(deps, input),

  recordEnd: (input) => runActivity((signal) => recordEnd(deps, input, signal)),

  closeCluster: ({ job, mayHaveRun, acceptLoss }) =>
    runActivity(async (signal) => {
      const target = await targetToClear(deps, job.cluster, mayHaveRun, signal);
      if (!target) return { kind: 'closed' as const, evidence: 'its place was never seen' };
      if (mayHaveRun) return removeCluster(deps, { job, target, acceptLoss }, signal);
      const { evidence } = await target.destroy(job.cluster, signal);
      return { kind: 'closed' as const, evidence };
    }),

  lastKnown: ({ job }) =>
    runActivity(async (signal) => {
      const { found, uncertain } = await lastKnownOf(deps, job, signal);
      return { ...(found ? { found } : {}), ...(uncertain === undefined ? {} : { uncertain }) };
    }),

  repairCluster: ({ cluster }) =>
    runActivity(async (signal) => {
      const target = await targetOf(deps, cluster, signal);
      const seen = await target.ensure(cluster, signal).catch(asUnreachable);
      if (seen.kind === 'unknown') throw new Unreachable('TARGET_UNREACHABLE', seen.why);
      if (seen.kind === 'absent') return { kind: 'gone' as const, why: seen.evidence };
      return seen.jobManager === 'exited'
        ? { kind: 'gone' as const, why: seen.trouble ?? 'the JobManager is gone' }
        : { kind: 'repaired' as const };
    }),
});

/** What is refused to a cluster that runs (a quota, a right, a full host) may be given: its job is no reason to give up. */
function asUnreachable(error: unknown): never {
  const mayPass = ['CLUSTER_START_FAILED', 'NO_ROOM_ON_TARGET', 'DISK_FULL'];
  if (!(error instanceof Refused) || !mayPass.includes(error.code)) throw error;
  throw new Unreachable('TARGET_UNREACHABLE', error.message, { cause: error });
}

/**
 * Cancels, again and again, until the job's end is known. After the grace the cluster is torn down around a job that does
 * not end (F40); while Flink is silent a STATELESS upgrade waits, a user's cancel does not (reliability.md 2.4).
 */
async function cancelJob(
  deps: ActivityDeps,
  { job, graceMs, pollMs, onSilence }: CancelJob,
): Promise<Cancelled> {
  // Time that passed, whatever the clock is set to (F50).
  const began = performance.now();
  const graceOver = () => performance.now() - began >= graceMs;
  const tornDown = (why: string) => ({
    end: { state: 'CANCELED' as const, why, at: deps.now() },
    proven: false,
  });
  return pollUntil(
    { timeoutMs: graceMs, pollMs },
    async ({ signal }) => {
      try {
        const end = await askToEnd(deps, job, signal);
        if (end instanceof NotYet) return end;
        const { found, uncertain } = await newestOf(deps, job, end.state, signal);
        return {
          end,
          proven: end.state !== 'GONE',
          ...(found ? { found } : {}),
          ...(uncertain === undefined ? {} : { uncertain }),
        };
      } catch (error) {
        const elsewhere = error instanceof HeldElsewhere;
        const silent = error instanceof Unreachable && !elsewhere && !signal.aborted;
        if (silent && onSilence === 'teardown' && graceOver())
          return tornDown('Flink did not answer within the grace');
        throw error;
      }
    },
    () => tornDown('the job did not end within the grace'),
  );
}

async function askToEnd(
  deps: ActivityDeps,
  job: JobHandle,
  signal: AbortSignal,
): Promise<JobEnd | NotYet> {
  const at = await locate(deps, job.cluster, signal);
  if (at.kind === 'gone') return gone(deps, at.why);
  const state = await at.endpoint.jobState(job.flinkJobId, signal);
  const end = state && (await endOf(deps, at.endpoint, job, state, signal));
  if (end) return end;
  if (state !== 'CANCELLING') await at.endpoint.cancel(job.flinkJobId, signal);
  return new NotYet(`Flink was asked to cancel the job, which is ${state ?? 'not known to it'}`);
}
