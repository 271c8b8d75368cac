import { expect, test } from 'vitest';
import { aBatch, aDeployment, aJob, anEvent, aSavepoint } from '../testing/records.ts';
import type { Given } from './contract.ts';

/** A Deployment's row, from its creation to its end. */
export function deploymentsContract(given: Given): void {
  test('a created Deployment is read back as it was written, by id, by name and in the list', async () => {
    const record = aDeployment({
      displayName: 'Zähler',
      labels: { team: 'a' },
      annotations: { note: 'NUL \u0000, lone \ud800, "quotes"' },
      status: { state: 'TRANSITIONING', transitioningSince: 12 },
    });
    await given.store.deployments.insert(record, [anEvent('1/1')]);

    const { workflowState: _, ...listed } = record;
    expect(await given.store.deployments.get(record.id)).toEqual(record);
    expect(await given.store.deployments.getByName('default', record.name)).toEqual(record);
    expect(await given.store.deployments.list('default')).toEqual([listed]);
    expect(await given.store.deployments.list('other')).toEqual([]);
    expect(await given.store.deployments.get(aDeployment().id)).toBeUndefined();
  });

  test('keys of a spec keep their order, so that a reply does not drift from the file (api.md 1.7)', async () => {
    const record = aDeployment({ spec: { z: 1, a: { y: 1, b: 2 } } });
    await given.store.deployments.insert(record, []);
    const stored = await given.store.deployments.get(record.id);
    expect(JSON.stringify(stored?.spec)).toBe('{"z":1,"a":{"y":1,"b":2}}');
  });

  test('a list is in the order of creation, and the sweep sees all namespaces', async () => {
    const first = aDeployment({ createdAt: 1, name: 'z' });
    const second = aDeployment({ createdAt: 2, name: 'a' });
    const elsewhere = aDeployment({ namespace: 'other', fence: 3, revision: 7 });
    for (const record of [second, first, elsewhere]) {
      await given.store.deployments.insert(record, []);
    }
    const names = (await given.store.deployments.list('default')).map(({ name }) => name);
    expect(names).toEqual(['z', 'a']);
    const swept = await given.store.deployments.listForSweep();
    expect(swept).toHaveLength(3);
    expect(swept).toContainEqual({
      id: elsewhere.id,
      namespace: 'other',
      fence: 3,
      revision: 7,
      status: { state: 'CANCELLED' },
    });
  });

  test('a repeated creation meets itself, even after its workflow has gone on', async () => {
    const record = aDeployment();
    await given.store.deployments.insert(record, [anEvent('1/1')]);
    const changed = aDeployment({ ...record, revision: 2, status: { state: 'FINISHED' } });
    await given.store.write(aBatch(record, { deployment: changed }));
    await given.store.deployments.insert(record, [anEvent('1/1'), anEvent('1/2')]);

    expect(await given.store.deployments.get(record.id)).toEqual(changed);
    expect(await given.store.events.list('default', {})).toHaveLength(1);
  });

  test('a name is given once per namespace; of two creations at once one is refused', async () => {
    const another = await given.another();
    const [a, b] = [aDeployment({ name: 'counter' }), aDeployment({ name: 'counter' })];
    const outcomes = await Promise.allSettled([
      given.store.deployments.insert(a, [anEvent('1/1')]),
      another.deployments.insert(b, [anEvent('1/1')]),
    ]);
    const refused = outcomes.filter(({ status }) => status === 'rejected');
    expect(refused).toMatchObject([{ reason: { code: 'NAME_TAKEN' } }]);
    expect(await given.store.deployments.list('default')).toHaveLength(1);
    expect(await given.store.events.list('default', {})).toHaveLength(1);
    await given.store.deployments.insert(aDeployment({ name: 'counter', namespace: 'other' }), []);
  });

  test('an id that belongs to another Deployment is refused', async () => {
    const record = aDeployment();
    await given.store.deployments.insert(record, []);
    const impostor = aDeployment({ id: record.id, name: 'impostor' });
    await expect(given.store.deployments.insert(impostor, [])).rejects.toMatchObject({
      code: 'NAME_TAKEN',
    });
  });

  test('raising the fence shuts the old workflow out, and no two successors get the same (S21)', async () => {
    const another = await given.another();
    const record = aDeployment();
    await given.store.deployments.insert(record, []);
    const raised = await Promise.all(
      [given.store, another, given.store, another].map((store) =>
        store.deployments.raiseFence(record.id),
      ),
    );
    expect(raised.map((successor) => successor?.fence).toSorted()).toEqual([2, 3, 4, 5]);
    expect(raised[0]?.workflowState).toEqual(record.workflowState);
    expect(await given.store.deployments.raiseFence(aDeployment().id)).toBeUndefined();
    await expect(given.store.write(aBatch(record))).rejects.toMatchObject({ code: 'FENCED_OUT' });
  });

  test('removal takes everything of the Deployment, frees the name, and may be repeated (api.md 3.9)', async () => {
    const [record, bystander] = [aDeployment({ name: 'counter' }), aDeployment()];
    const jobIds: string[] = [];
    for (const deployment of [record, bystander]) {
      await given.store.deployments.insert(deployment, [anEvent('1/1')]);
      const job = aJob(deployment);
      jobIds.push(job.id);
      const savepoints = [aSavepoint(deployment, { jobId: job.id })];
      await given.store.write(aBatch(deployment, { jobs: [job], savepoints }));
      await given.store.observations.put({
        jobId: job.id,
        deploymentId: deployment.id,
        flinkJobState: 'RUNNING',
        restarts: 0,
        seenAt: 1,
        conditions: [],
      });
    }
    await given.store.deployments.remove(record.id, 1);
    await given.store.deployments.remove(record.id, 1);

    const { deployments, jobs, savepoints, events, observations } = given.store;
    const only = [{ deploymentId: bystander.id }];
    expect(await deployments.get(record.id)).toBeUndefined();
    expect(await jobs.list('default', {})).toMatchObject(only);
    expect(await savepoints.list('default', {})).toMatchObject(only);
    expect(await events.list('default', {})).toMatchObject(only);
    expect(await observations.forJobs(jobIds)).toMatchObject(only);
    await deployments.insert(aDeployment({ name: 'counter' }), []);
  });

  test('an older incarnation cannot remove the Deployment of a newer one', async () => {
    const record = aDeployment();
    await given.store.deployments.insert(record, []);
    await given.store.deployments.raiseFence(record.id);
    await expect(given.store.deployments.remove(record.id, 1)).rejects.toMatchObject({
      code: 'FENCED_OUT',
    });
    expect(await given.store.deployments.get(record.id)).toBeDefined();
    await given.store.deployments.remove(record.id, 2);
    expect(await given.store.deployments.get(record.id)).toBeUndefined();
  });
}
