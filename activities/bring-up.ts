import type { ClusterRef } from '../src/core/cluster.ts';
import { isEffective } from '../src/core/effective.ts';
import { Refused } from '../src/core/errors/index.ts';
import type { NewEvent } from '../src/core/records.ts';
import {
  locate,
  locationOf,
  observe,
  type Present,
  silentMeansNotYet,
  targetOf,
} from './clusters.ts';
import type { Activities, AwaitCluster } from './contract.ts';
import type { ActivityDeps } from './deps.ts';
import { type Look, NotYet, pollUntil } from './poll.ts';
import { runActivity } from './run-activity.ts';
import { tellOnce } from './tell-once.ts';
import { upload } from './upload.ts';
import { warmUp, warmUpPollMs } from './warm-up.ts';

type BringUp = Pick<
  Activities,
  'fetchArtifact' | 'ensureCluster' | 'awaitCluster' | 'uploadArtifact' | 'warmUp'
>;

/** Effects that bring a cluster up and make it ready for its Job. */
export const createBringUp = (deps: ActivityDeps): BringUp => ({
  fetchArtifact: ({ cluster, jarUri }) =>
    runActivity(async (signal) => {
      // A missing target is the clearer answer, and needs no download first (M34).
      await targetOf(deps, cluster, signal);
      await deps.artifacts.fetch(jarUri, signal);
    }),

  ensureCluster: ({ cluster }) =>
    runActivity(async (signal) => {
      const target = await targetOf(deps, cluster, signal);
      await target.ensure(cluster, signal);
    }),

  awaitCluster: (input) =>
    pollUntil(
      input,
      (look) => isReady(deps, input, look),
      (why) => {
        throw new Refused(
          'CLUSTER_START_FAILED',
          `cluster ${input.cluster.clusterId} was not ready within ${input.timeoutMs} ms: ${why}`,
        );
      },
    ).then(() => undefined),

  uploadArtifact: ({ cluster, jarUri }) =>
    runActivity(async (signal) => {
      const at = await locate(deps, cluster, signal);
      if (at.kind === 'gone') throw new Refused('CLUSTER_START_FAILED', at.why);
      return { jarId: await upload(deps, at.endpoint, jarUri, signal) };
    }),

  warmUp: (input) =>
    pollUntil(
      { timeoutMs: input.timeoutMs, pollMs: warmUpPollMs },
      ({ signal }) => warmUp(deps, input, signal),
      (why) => {
        throw new Refused(
          'CLUSTER_START_FAILED',
          `the warm-up job did not end within ${input.timeoutMs} ms: ${why}`,
        );
      },
    ).then(() => undefined),
});

/** Ready: Flink's REST endpoint answers as this cluster, with its configuration, and all TaskManagers have registered. */
async function isReady(
  deps: ActivityDeps,
  input: AwaitCluster,
  { signal, spentMs }: Look,
): Promise<true | NotYet> {
  const { cluster, taskManagers, flinkConfiguration } = input;
  const seen = await observe(deps, cluster, signal);
  if (seen.kind === 'present') refuseTrouble(seen);
  if (seen.kind === 'present' && seen.pending !== undefined)
    return await stillPending(deps, input, seen, spentMs);
  const at = locationOf(deps, cluster, seen);
  if (at.kind === 'gone') throw new Refused('CLUSTER_START_FAILED', at.why);
  const overview = await silentMeansNotYet(at.endpoint.overview(signal), signal);
  if (overview instanceof NotYet) return overview;
  const { taskManagers: registered } = overview;
  if (registered < taskManagers)
    return new NotYet(
      `${registered} of ${taskManagers} TaskManagers have registered with the JobManager`,
    );
  const effective = await silentMeansNotYet(at.endpoint.configuration(signal), signal);
  if (effective instanceof NotYet) return effective;
  proveConfiguration(flinkConfiguration, effective);
  return true;
}

/** Nodes that come on demand take minutes: only where the old cluster can make room is the wait for it a short one. */
async function stillPending(
  deps: ActivityDeps,
  { cluster, roomMs }: AwaitCluster,
  { pending = '', noRoom }: Present,
  spentMs: number,
): Promise<NotYet> {
  if (noRoom && roomMs !== undefined && spentMs >= roomMs)
    throw new Refused('NO_ROOM_ON_TARGET', pending);
  if (noRoom) await tellOnce(deps, cluster, noRoomEvent(cluster, pending, deps.now()));
  return new NotYet(pending);
}

/** Once for each Job: how long it waits is told by the heartbeat. */
const noRoomEvent = ({ jobId, clusterId }: ClusterRef, why: string, at: number): NewEvent => ({
  key: `no-room/${jobId}`,
  name: 'AWAITING_FOR_A_CLUSTER_TO_SPIN_UP',
  message: `Cluster ${clusterId} waits for room: ${why}`,
  jobId,
  at,
});

/** A part that will not come up as it is needs no waiting for. */
function refuseTrouble(seen: Present): void {
  const isMissing =
    seen.restUrl === undefined || seen.taskManagersRunning < seen.taskManagersWanted;
  if (seen.trouble === undefined || !isMissing) return;
  throw new Refused(seen.noRoom ? 'NO_ROOM_ON_TARGET' : 'CLUSTER_START_FAILED', seen.trouble);
}

/** Deployed = effective (S30), proven before any job runs with it, and in an upgrade before the old one stops. */
function proveConfiguration(
  wanted: Record<string, string>,
  effective: Record<string, string>,
): void {
  const wrong = Object.entries(wanted).filter(
    ([key, value]) => !isEffective(key, value, effective[key]),
  );
  if (wrong.length === 0) return;
  const list = wrong.map(([key]) => `${key} is ${effective[key] ?? 'absent'}`).join('; ');
  throw new Refused('CONFIGURATION_NOT_EFFECTIVE', `the cluster runs other values: ${list}`);
}
