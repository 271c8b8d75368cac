import { expect, test } from 'vitest';
import type { ClusterRef } from '../src/core/cluster.ts';
import { createState } from '../src/core/deployment/create.ts';
import { createDocument } from '../src/core/document/index.ts';
import { clusterIdOf, jobIdOf } from '../src/core/ids.ts';
import { defaultTransitionSettings } from '../src/core/settings.ts';
import type { JobState } from '../src/core/vocabulary.ts';
import { openStore } from '../src/store/open-store.ts';
import { storyDocumentSettings } from '../test/support/story-settings.ts';
import { findOrphans } from './orphans.ts';

const deploymentId = 'd0000000-0000-4000-8000-000000000001';
const refOf = (attempt: number): ClusterRef => {
  const jobId = jobIdOf(deploymentId, 1, attempt);
  const clusterId = clusterIdOf(jobId);
  return { clusterId, jobId, deploymentId, namespace: 'default', target: 'local' };
};

test('a cluster is an orphan unless an open Job names it (S5, F12)', async () => {
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
  const job = (attempt: number, state: JobState) => ({
    id: refOf(attempt).jobId,
    deploymentId,
    namespace: 'default',
    deploymentName: 'd',
    sequence: 1,
    attempt,
    specVersion: 1,
    target: 'local',
    state,
    spec: {},
  });
  const jobs = [job(1, 'STARTED'), job(2, 'TERMINATING'), job(3, 'TERMINATED')];
  await store.write({ deploymentId, namespace: 'default', fence: 1, at: 2, jobs });
  const refs = [1, 2, 3, 4].map(refOf);
  const never = () => Promise.reject(new Error('only list is asked'));
  const local = { list: async () => refs, ensure: never, describe: never, destroy: never };
  const found = await findOrphans({ store, targets: { local } }, AbortSignal.timeout(5_000));
  expect(found).toEqual([refs[2], refs[3]]);
  await store.close();
});
