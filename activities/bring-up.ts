import { setTimeout as delay } from 'node:timers/promises';
import { Refused, Unreachable } from '../src/core/errors/index.ts';
import { locate, targetOf } from './clusters.ts';
import type { Activities, AwaitCluster } from './contract.ts';
import type { ActivityDeps } from './deps.ts';
import { pollUntil } from './poll.ts';
import { runActivity } from './run-activity.ts';

type BringUp = Pick<
  Activities,
  'fetchArtifact' | 'ensureCluster' | 'awaitCluster' | 'uploadArtifact' | 'warmUp'
>;

/** Effects that bring a cluster up and make it ready for its Job. */
export const createBringUp = (deps: ActivityDeps): BringUp => ({
  fetchArtifact: ({ cluster, jarUri }) =>
    runActivity(async (signal) => {
      // A missing target is the clearer answer, and needs no download first (M34).
      await targetOf(deps, cluster);
      await deps.artifacts.fetch(jarUri, signal);
    }),

  ensureCluster: ({ cluster }) =>
    runActivity(async (signal) => {
      const target = await targetOf(deps, cluster);
      await target.ensure(cluster, signal);
    }),

  awaitCluster: (input) =>
    pollUntil(
      input,
      (signal) => isReady(deps, input, signal),
      () => {
        throw new Refused(
          'CLUSTER_START_FAILED',
          `cluster ${input.cluster.clusterId} was not ready within ${input.timeoutMs} ms`,
        );
      },
    ).then(() => undefined),

  uploadArtifact: ({ cluster, jarUri }) =>
    runActivity(async (signal) => ({ jarId: await upload(deps, cluster, jarUri, signal) })),

  warmUp: ({ cluster, flinkVersion, parallelism }) =>
    runActivity((signal) => warmUp(deps, cluster, { flinkVersion, parallelism }, signal)),
});

/** Ready: Flink's REST endpoint answers as this cluster, with its configuration, and all TaskManagers have registered. */
async function isReady(
  deps: ActivityDeps,
  { cluster, taskManagers, flinkConfiguration }: AwaitCluster,
  signal: AbortSignal,
): Promise<true | undefined> {
  const at = await locate(deps, cluster, signal);
  if (at.kind === 'gone') throw new Refused('CLUSTER_START_FAILED', at.why);
  const { seen } = at;
  if (seen.trouble && seen.taskManagersRunning < seen.taskManagersWanted)
    throw new Refused('CLUSTER_START_FAILED', seen.trouble);
  try {
    const overview = await at.endpoint.overview(signal);
    if (overview.taskManagers < taskManagers) return undefined;
    proveConfiguration(flinkConfiguration, await at.endpoint.configuration(signal));
    return true;
  } catch (error) {
    // The target answers, so this silence is the new cluster's own: its time runs (reliability.md 2.3).
    if (error instanceof Unreachable && !signal.aborted) return undefined;
    throw error;
  }
}

/** Flink masks what looks like a secret; the local target has no Kubernetes to be highly available with. */
const isEffective = (key: string, wanted: string, seen: string | undefined): boolean =>
  seen === wanted ||
  (seen !== undefined && /^\*+$/.test(seen)) ||
  (seen === 'NONE' && /^high-availability(\.type)?$/.test(key) && /kubernetes/i.test(wanted));

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

/** Uploads once: a jar is named by its content, so that a repeat finds the first one. */
export async function upload(
  deps: ActivityDeps,
  cluster: AwaitCluster['cluster'],
  jarUri: string,
  signal: AbortSignal,
): Promise<string> {
  const artifact = await deps.artifacts.fetch(jarUri, signal);
  return uploadOnce(deps, cluster, artifact, signal);
}

async function uploadOnce(
  deps: ActivityDeps,
  cluster: AwaitCluster['cluster'],
  file: { path: string; sha256: string; filename: string },
  signal: AbortSignal,
): Promise<string> {
  const at = await locate(deps, cluster, signal);
  if (at.kind === 'gone') throw new Refused('CLUSTER_START_FAILED', at.why);
  const name = `${file.sha256.slice(0, 16)}-${file.filename}`;
  const known = (await at.endpoint.jars(signal)).find((jar) => jar.id.endsWith(name));
  return known?.id ?? (await at.endpoint.uploadJar(file.path, name, signal));
}

const warmUpJobId = '5a1ce0000000000000000000000a4a11';

/**
 * Runs the throw-away job and waits for its end, so that the first submission and the first tasks of the user's job find
 * everything loaded (flink.md 6). A cluster that cannot is only slower: that is no reason to fail, but its job must have
 * ended, or it would hold the slots.
 */
async function warmUp(
  deps: ActivityDeps,
  cluster: AwaitCluster['cluster'],
  job: { flinkVersion: string; parallelism: number },
  signal: AbortSignal,
): Promise<void> {
  const at = await locate(deps, cluster, signal);
  if (at.kind === 'gone') throw new Refused('CLUSTER_START_FAILED', at.why);
  const { endpoint } = at;
  if ((await endpoint.job(warmUpJobId, signal)) === undefined) {
    const file = { path: deps.warmUpJar, sha256: 'sluice-warm-up', filename: 'warm-up.jar' };
    const jarId = await uploadOnce(deps, cluster, file, signal);
    const { slotsTotal } = await endpoint.overview(signal);
    const parallelism = Math.max(1, Math.min(job.parallelism, slotsTotal));
    const { flinkVersion } = job;
    try {
      await endpoint.run(
        { jarId, jobId: warmUpJobId, flinkVersion, programArgs: [], parallelism },
        signal,
      );
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
    }
  }
  for (;;) {
    const state = await endpoint.jobState(warmUpJobId, signal);
    if (state === undefined || state === 'FINISHED' || state === 'FAILED' || state === 'CANCELED')
      return;
    await delay(50, undefined, { signal });
  }
}
