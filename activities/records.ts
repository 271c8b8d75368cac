import { lean } from '../src/core/deployment/lean.ts';
import type { Stock } from '../src/core/deployment/steps.ts';
import type { JobRecord, SavepointRecord, Stored } from '../src/core/records.ts';
import type { Activities } from './contract.ts';
import type { ActivityDeps } from './deps.ts';
import { fateOf } from './left-savepoints.ts';
import { findStrangers } from './orphans.ts';
import { runActivity } from './run-activity.ts';

type Records = Pick<Activities, 'publish' | 'removeRecords' | 'takeStock'>;

/** Writes and reads of the store on behalf of workflows; fenced and idempotent there. */
export const createRecords = (deps: ActivityDeps): Records => ({
  publish: (batch) => runActivity(() => deps.store.write(batch)),

  removeRecords: ({ deploymentId, fence }) =>
    runActivity(() => deps.store.deployments.remove(deploymentId, fence)),

  takeStock: ({ deploymentId, namespace }) =>
    runActivity(async (signal) => {
      const jobs = await deps.store.jobs.list(namespace, { deploymentId });
      const open = (await deps.store.jobs.open(deploymentId)).map((job) =>
        lean(withoutBookkeeping(job)),
      );
      const rows = await deps.store.savepoints.list(namespace, { deploymentId });
      const left = rows.filter(({ state }) => state === 'STARTED');
      // At once: a JobManager that hangs costs the time-out of one call, however many there are (S26).
      const savepoints: Stock['savepoints'] = await Promise.all(
        left.map(async (row) => {
          const job = jobs.find(({ id }) => id === row.jobId);
          const record = withoutBookkeeping(row);
          const { sequence = 0, attempt = 0 } = job ?? {};
          return { record, sequence, attempt, fate: await fateOf(deps, record, job, signal) };
        }),
      );
      const strangers = await findStrangers(deps, deploymentId, jobs, signal);
      const highestSequence = Math.max(
        0,
        ...jobs.map((job) => job.sequence),
        ...strangers.found.map((stranger) => stranger.sequence),
      );
      const { unseen } = strangers;
      return {
        open,
        highestSequence,
        savepoints,
        strangers: strangers.found.map(({ what }) => what),
        ...(unseen.length > 0 ? { unseen } : {}),
      };
    }),
});

function withoutBookkeeping<T extends JobRecord | SavepointRecord>(row: Stored<T>) {
  const { resourceVersion: _, createdAt: __, modifiedAt: ___, ...record } = row;
  return record;
}
