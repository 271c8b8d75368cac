import { expect, test } from 'vitest';
import type { JobObservationRecord } from '../../core/records.ts';
import { aBatch, aDeployment, aJob, aTarget } from '../testing/records.ts';
import type { Given } from './contract.ts';

/** DeploymentTargets, and what watchers see. */
export function plainResourcesContract(given: Given): void {
  test('a target is found by id and by name, changed and removed', async () => {
    const target = aTarget({ labels: { a: 'b' } });
    const kubernetes = aTarget({ name: 'cluster', spec: { kubernetes: { namespace: 'flink' } } });
    const { targets } = given.store;
    await targets.insert(target);
    await targets.insert(target);
    await targets.insert(kubernetes);
    expect(await targets.get('default', target.id)).toEqual(target);
    expect(await targets.get('default', 'local')).toEqual(target);
    expect(await targets.get('other', 'local')).toBeUndefined();
    expect(await targets.list('default')).toEqual([kubernetes, target]);
    expect(await targets.all()).toEqual(expect.arrayContaining([kubernetes, target]));

    const changed = { ...target, resourceVersion: 2, labels: { c: 'd' } };
    await targets.update(changed);
    await targets.update(changed);
    expect(await targets.get('default', 'local')).toEqual(changed);
    await targets.remove('default', target.id);
    await targets.remove('default', target.id);
    expect(await targets.list('default')).toEqual([kubernetes]);
  });

  test('of two changes to one version of a target the second is refused, not lost', async () => {
    const target = aTarget();
    const { targets } = given.store;
    await targets.insert(target);
    const first = { ...target, resourceVersion: 2, labels: { by: 'first' } };
    await targets.update(first);
    const second = { ...target, resourceVersion: 2, labels: { by: 'second' } };
    const conflict = { code: 'GENERATION_CONFLICT' };
    await expect(targets.update(second)).rejects.toMatchObject(conflict);
    expect(await targets.list('default')).toEqual([first]);
    await targets.remove('default', target.id);
    await expect(targets.update({ ...first, resourceVersion: 3 })).rejects.toMatchObject(conflict);
  });

  test('a target stays while a Job that has not ended holds a cluster there (S5)', async () => {
    const target = aTarget({ name: 'old' });
    const deployment = aDeployment({ spec: { deploymentTargetName: 'new' } });
    await given.store.targets.insert(target);
    await given.store.deployments.insert(deployment, []);
    const job = aJob(deployment, { target: 'old', state: 'TERMINATING' });
    await given.store.write(aBatch(deployment, { jobs: [job] }));
    await expect(given.store.targets.remove('default', target.id)).rejects.toMatchObject({
      code: 'NOT_POSSIBLE_NOW',
    });
    await given.store.write(aBatch(deployment, { jobs: [{ ...job, state: 'TERMINATED' }] }));
    await given.store.targets.remove('default', target.id);
    expect(await given.store.targets.list('default')).toEqual([]);
  });

  test('a target name is given once per namespace', async () => {
    await given.store.targets.insert(aTarget());
    await expect(given.store.targets.insert(aTarget())).rejects.toMatchObject({
      code: 'NAME_TAKEN',
    });
    await given.store.targets.insert(aTarget({ namespace: 'other' }));
  });

  test.each(['deploymentTargetName', 'deploymentTargetId'])(
    'a target that a Deployment names by %s stays',
    async (field) => {
      const target = aTarget();
      await given.store.targets.insert(target);
      const spec = { [field]: field.endsWith('Id') ? target.id : target.name };
      const deployment = aDeployment({ spec });
      await given.store.deployments.insert(deployment, []);
      await expect(given.store.targets.remove('default', target.id)).rejects.toMatchObject({
        code: 'NOT_POSSIBLE_NOW',
      });
      expect(await given.store.targets.list('default')).toEqual([target]);
      await given.store.deployments.remove(deployment.id, 1);
      await given.store.targets.remove('default', target.id);
      expect(await given.store.targets.list('default')).toEqual([]);
    },
  );

  const seen = (deploymentId: string): JobObservationRecord => ({
    jobId: `job-of-${deploymentId}`,
    deploymentId,
    flinkJobState: 'RUNNING',
    restarts: 1,
    seenAt: 10,
    checkpoint: { id: 4, path: 'file:/chk-4', isSavepoint: false, completedAt: 9 },
    conditions: [
      {
        type: 'JobUnstable',
        status: 'True',
        reason: 'Restarts',
        message: '3 restarts',
        lastTransitionTime: 1,
        lastUpdateTime: 2,
      },
    ],
    memory: { since: 3 },
  });

  test('an observation replaces the one before, also when the clock was set back', async () => {
    const record = aDeployment();
    await given.store.deployments.insert(record, []);
    await given.store.observations.put(seen(record.id));
    const next = { ...seen(record.id), flinkJobState: 'UNKNOWN', seenAt: 5 } as const;
    await given.store.observations.put(next);
    expect(await given.store.observations.get(next.jobId)).toEqual(next);
    expect(await given.store.observations.forJobs([next.jobId, 'other'])).toEqual([next]);
    expect(await given.store.observations.forJobs([])).toEqual([]);
  });

  test('observations are found for Jobs and for no others of their Deployments, however many are asked for', async () => {
    const [a, b] = [aDeployment(), aDeployment()];
    for (const record of [a, b]) {
      await given.store.deployments.insert(record, []);
      await given.store.observations.put(seen(record.id));
      await given.store.observations.put({ ...seen(record.id), jobId: `older-${record.id}` });
    }
    const strangers = Array.from({ length: 12_000 }, (_, nth) => `stranger-${nth}`);
    const wanted = [seen(a.id), seen(b.id)];
    const [first = '', last = ''] = wanted.map(({ jobId }) => jobId);
    const found = await given.store.observations.forJobs([first, ...strangers, last]);
    expect(found).toEqual(wanted);
  });

  test('a watcher that outlives its Deployment writes nothing and fails nothing', async () => {
    await given.store.observations.put(seen('gone'));
    expect(await given.store.observations.get('job-of-gone')).toBeUndefined();
  });
}
