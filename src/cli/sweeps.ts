import type { ActivityDeps } from '../../activities/deps.ts';
import { findOrphans } from '../../activities/orphans.ts';
import type { Log } from '../log.ts';
import type { LostDeployments } from '../temporal/lost-deployments.ts';
import type { Sweep } from '../temporal/sweep.ts';

/** Deployments whose workflow is gone are taken up from the store (F65). */
export const lostDeployments = (lost: LostDeployments): Sweep => ({
  name: 'deployments without workflow',
  // temporal.md 5
  everyMs: 30_000,
  run: (stop) => lost.sweep(stop),
});

/** Clusters that no open Job names are named in the log, once each by every worker (S5). */
export function orphanedClusters(deps: Pick<ActivityDeps, 'store' | 'targets'>, log: Log): Sweep {
  const told = new Set<string>();
  return {
    name: 'orphaned clusters',
    // Each round lists every namespace of Flink, whose API server idle Deployments are to cost nothing.
    everyMs: 10 * 60_000,
    run: async (stop) => {
      const { clusters, unseen } = await findOrphans(deps, stop);
      for (const why of unseen) log.warn({ why }, 'a target could not be looked at');
      for (const ref of clusters) {
        if (told.has(ref.clusterId)) continue;
        told.add(ref.clusterId);
        const { clusterId: cluster, deploymentId: deployment, jobId: job, target } = ref;
        log.warn({ cluster, deployment, job, target }, 'cluster that no open job names');
      }
    },
  };
}
