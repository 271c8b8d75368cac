import { createState } from '../../src/core/deployment/create.ts';
import { createDocument } from '../../src/core/document/index.ts';
import type { JobRecord } from '../../src/core/records.ts';
import { defaultTransitionSettings } from '../../src/core/settings.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { Store } from '../../src/store/store.ts';
import { storyDocumentSettings } from '../../test/support/story-settings.ts';

/** A store in memory with one Deployment in namespace `default`. */
export async function storeWithDeployment(deploymentId: string): Promise<Store> {
  const store = await openStore({ file: ':memory:' });
  const body = {
    metadata: { name: 'd' },
    spec: { template: { spec: { artifact: { jarUri: 'http://jars.example/a.jar' } } } },
  };
  const made = createDocument(body, storyDocumentSettings);
  if ('problems' in made) throw new Error(JSON.stringify(made.problems));
  const { record, events } = createState({
    id: deploymentId,
    namespace: 'default',
    document: made.document,
    settings: defaultTransitionSettings,
    documentSettings: storyDocumentSettings,
    storageUri: '',
    now: 1,
    warnings: [],
  });
  await store.deployments.insert(record, events);
  return store;
}

/** Of the Deployment that {@link storeWithDeployment} made; the first one, and as started. */
export const jobOf = (
  deploymentId: string,
  id: string,
  more: Partial<JobRecord> = {},
): JobRecord => ({
  id,
  deploymentId,
  namespace: 'default',
  deploymentName: 'd',
  sequence: 1,
  attempt: 1,
  specVersion: 1,
  target: 'local',
  state: 'STARTED',
  spec: {},
  ...more,
});

interface OneJob {
  deploymentId: string;
  jobId: string;
  /** A DeploymentTarget in Kubernetes. */
  target: string;
}

/** A store with a Deployment, and its one Job on a target. */
export async function storeWithJob({ deploymentId, jobId, target }: OneJob): Promise<Store> {
  const store = await storeWithDeployment(deploymentId);
  const times = { createdAt: 1, modifiedAt: 1, resourceVersion: 1 };
  const spec = { kubernetes: { namespace: 'flink' } };
  await store.targets.insert({ id: target, namespace: 'default', name: target, spec, ...times });
  const jobs = [jobOf(deploymentId, jobId, { target })];
  await store.write({ deploymentId, namespace: 'default', fence: 1, at: 2, jobs });
  return store;
}
