import type { ListedDeployment } from '../../src/core/records.ts';
import type { ApiDeps } from '../deps.ts';
import { deploymentView } from '../views/deployment.ts';
import type { Resource } from '../views/envelope.ts';

type Reader = Pick<ApiDeps, 'store' | 'settings' | 'clock'>;

/** One Deployment as replied, with the conditions of its running Job. */
export async function viewOf(reader: Reader, record: ListedDeployment): Promise<Resource> {
  const jobId = record.status.running?.jobId;
  const observation = jobId === undefined ? undefined : await reader.store.observations.get(jobId);
  return deploymentView({
    record,
    observation,
    now: reader.clock(),
    staleMs: reader.settings.observationStaleMs,
  });
}

/** Many Deployments with one read of their observations: lists are polled every few seconds (api.md 1.11). */
export async function viewsOf(reader: Reader, records: ListedDeployment[]): Promise<Resource[]> {
  const jobIds = records.flatMap(({ status }) => status.running?.jobId ?? []);
  const seen = await reader.store.observations.forJobs(jobIds);
  const byJob = new Map(seen.map((observation) => [observation.jobId, observation]));
  const now = reader.clock();
  const staleMs = reader.settings.observationStaleMs;
  return records.map((record) => {
    const observation = byJob.get(record.status.running?.jobId ?? '');
    return deploymentView({ record, observation, now, staleMs });
  });
}
