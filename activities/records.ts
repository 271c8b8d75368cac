import { lean } from '../src/core/deployment/lean.ts';
import type { Activities } from './contract.ts';
import type { ActivityDeps } from './deps.ts';
import { runActivity } from './run-activity.ts';

type Records = Pick<Activities, 'publish' | 'removeRecords' | 'takeStock'>;

/** Writes and reads of the store on behalf of workflows; fenced and idempotent there. */
export const createRecords = (deps: ActivityDeps): Records => ({
  publish: (batch) => runActivity(() => deps.store.write(batch)),

  removeRecords: ({ deploymentId, fence }) =>
    runActivity(() => deps.store.deployments.remove(deploymentId, fence)),

  takeStock: ({ deploymentId, namespace }) =>
    runActivity(async () => {
      const jobs = await deps.store.jobs.list(namespace, { deploymentId });
      const open = (await deps.store.jobs.open(deploymentId)).map(
        ({ resourceVersion: _, createdAt: __, modifiedAt: ___, ...record }) => lean(record),
      );
      return { open, highestSequence: Math.max(0, ...jobs.map((job) => job.sequence)) };
    }),
});
