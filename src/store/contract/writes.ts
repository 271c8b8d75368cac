import { expect, test } from 'vitest';
import type { JobState } from '../../core/vocabulary.ts';
import { aBatch, aDeployment, aJob, anEvent, aSavepoint, someTime } from '../testing/records.ts';
import type { Given } from './contract.ts';

/** What a workflow's write does, and what it must not do. */
export function writesContract(given: Given): void {
  const aStoredDeployment = async () => {
    const record = aDeployment();
    await given.store.deployments.insert(record, [anEvent('1/0')]);
    return record;
  };

  test('one batch changes the Deployment, its Jobs, Savepoints and Events together', async () => {
    const record = await aStoredDeployment();
    const deployment = {
      ...record,
      revision: 2,
      resourceVersion: 2,
      status: { state: 'RUNNING', running: { jobId: 'j', transitionTime: 5 } },
      workflowState: { counters: { revision: 2 } },
    } as const;
    const job = aJob(record, { state: 'STARTED', startedAt: 4 });
    const savepoint = aSavepoint(record, { jobId: job.id, forUpgrade: true });
    const events = [anEvent('1/1'), anEvent('1/2', { jobId: job.id })];
    await given.store.write(
      aBatch(record, { deployment, jobs: [job], savepoints: [savepoint], events, at: 99 }),
    );

    const bookkeeping = { resourceVersion: 1, createdAt: 99, modifiedAt: 99 };
    expect(await given.store.deployments.get(record.id)).toEqual(deployment);
    expect(await given.store.jobs.get(job.id)).toEqual({ ...job, ...bookkeeping });
    expect(await given.store.savepoints.get(savepoint.id)).toEqual({
      ...savepoint,
      ...bookkeeping,
    });
    const log = await given.store.events.list('default', { deploymentId: record.id });
    expect(log.map(({ number, message }) => [number, message])).toEqual([
      [1, 'event 1/0'],
      [2, 'event 1/1'],
      [3, 'event 1/2'],
    ]);
  });

  test('a second delivery changes nothing at all', async () => {
    const record = await aStoredDeployment();
    const batch = aBatch(record, {
      deployment: { ...record, revision: 2 },
      jobs: [aJob(record)],
      savepoints: [aSavepoint(record)],
      events: [anEvent('1/1')],
    });
    const everything = async () => [
      await given.store.deployments.get(record.id),
      await given.store.jobs.list('default', {}),
      await given.store.savepoints.list('default', {}),
      await given.store.events.list('default', {}),
    ];
    await given.store.write(batch);
    const once = await everything();
    await given.store.write({ ...batch, at: someTime + 1 });
    expect(await everything()).toEqual(once);
  });

  test('an older revision overwrites nothing, and what it alone carries is added', async () => {
    const record = await aStoredDeployment();
    const job = aJob(record, { state: 'STARTED' });
    const newer = { ...record, revision: 3, resourceVersion: 3 };
    await given.store.write(aBatch(record, { deployment: newer, jobs: [job] }));
    const older = { ...record, revision: 2, resourceVersion: 2 };
    const late = { ...job, spec: { parallelism: 9 } };
    await given.store.write(
      aBatch(record, { deployment: older, jobs: [late], events: [anEvent('1/1')] }),
    );

    expect(await given.store.deployments.get(record.id)).toEqual(newer);
    expect(await given.store.jobs.get(job.id)).toMatchObject({
      spec: job.spec,
      resourceVersion: 1,
    });
    expect(await given.store.events.list('default', {})).toHaveLength(2);
  });

  test('a write that repeats a row still outdates the writes before it', async () => {
    const record = await aStoredDeployment();
    const job = aJob(record);
    const put = (revision: number, row: typeof job) =>
      given.store.write(
        aBatch(record, { deployment: { ...record, revision }, jobs: [row], at: revision }),
      );
    await put(2, job);
    await put(4, job);
    await put(3, { ...job, spec: { parallelism: 9 } });
    expect(await given.store.jobs.get(job.id)).toEqual({
      ...job,
      resourceVersion: 1,
      createdAt: 2,
      modifiedAt: 2,
    });
  });

  test('a fenced-out or deleted Deployment takes no row of any kind (S21)', async () => {
    const record = await aStoredDeployment();
    await given.store.deployments.raiseFence(record.id);
    const orphan = aDeployment();
    for (const late of [record, orphan]) {
      const batch = aBatch(late, {
        deployment: { ...late, revision: 99 },
        jobs: [aJob(late)],
        savepoints: [aSavepoint(late)],
        events: [anEvent('1/1')],
      });
      await expect(given.store.write(batch)).rejects.toMatchObject({
        code: 'FENCED_OUT',
        retryable: false,
      });
    }
    expect(await given.store.deployments.list('default')).toMatchObject([
      { revision: 1, fence: 2 },
    ]);
    expect(await given.store.jobs.list('default', {})).toEqual([]);
    expect(await given.store.savepoints.list('default', {})).toEqual([]);
    expect(await given.store.events.list('default', {})).toHaveLength(1);
  });

  test('a successor writes on from the stored revision', async () => {
    const record = await aStoredDeployment();
    const raised = await given.store.deployments.raiseFence(record.id);
    if (!raised) throw new Error('the row is there');
    const next = { ...raised, revision: raised.revision + 1, resourceVersion: 2 };
    await given.store.write(aBatch(raised, { deployment: next }));
    expect(await given.store.deployments.get(record.id)).toEqual(next);
  });

  test('a run that begins where the store is takes over; one that was reset to its past is fenced out (S21)', async () => {
    const record = await aStoredDeployment();
    const write = (run: { id: string; from: number }, revision: number) =>
      given.store.write(
        aBatch(record, {
          run,
          deployment: { ...record, revision },
          events: [anEvent(`${run.id}/${revision}`)],
        }),
      );
    const { isWrittenBy } = given.store.deployments;
    expect(await isWrittenBy(record.id, 'first')).toBe(false);
    await write({ id: 'first', from: 1 }, 3);
    await write({ id: 'first', from: 1 }, 3);
    await write({ id: 'next', from: 3 }, 5);
    const fencedOut = { code: 'FENCED_OUT', retryable: false };
    for (const revision of [2, 5, 9])
      await expect(write({ id: 'reset', from: 1 }, revision)).rejects.toMatchObject(fencedOut);
    await expect(write({ id: 'first', from: 1 }, 4)).rejects.toMatchObject(fencedOut);

    expect(await given.store.deployments.get(record.id)).toMatchObject({ revision: 5 });
    expect(await given.store.events.list('default', {})).toHaveLength(3);
    const writers = await Promise.all(
      ['first', 'next', 'reset'].map((run) => isWrittenBy(record.id, run)),
    );
    expect(writers).toEqual([true, true, false]);
  });

  test('the first installation that asks for a cluster of a Job holds it, whatever is written since (S25)', async () => {
    const record = await aStoredDeployment();
    const another = await given.another();
    const job = aJob(record);
    const [here, there] = ['here', 'there'].map((id) => ({ id, place: `${id}:/data` }));
    if (!here || !there) throw new Error('two installations');
    expect(await given.store.jobs.holder(job.id, here)).toBeUndefined();
    await given.store.write(aBatch(record, { jobs: [job] }));
    expect(await given.store.jobs.heldBy(job.id)).toBeUndefined();
    const [first, second] = await Promise.all([
      given.store.jobs.holder(job.id, here),
      another.jobs.holder(job.id, there),
    ]);
    expect(first).toEqual(second);
    const deployment = { ...record, revision: 2 };
    await given.store.write(aBatch(record, { deployment, jobs: [{ ...job, state: 'STARTED' }] }));
    expect(await another.jobs.holder(job.id, there)).toEqual(first);
    expect(await another.jobs.heldBy(job.id)).toEqual(first);
    await given.store.deployments.remove(record.id, 1);
    expect(await given.store.jobs.holder(job.id, here)).toBeUndefined();
  });

  test('a Job moves on, never back, and never leaves a terminal state (S28)', async () => {
    const record = await aStoredDeployment();
    const job = aJob(record, { state: 'STANDBY' });
    const states: JobState[] = ['STANDBY', 'STARTED', 'STARTING', 'TERMINATING', 'FAILED'];
    const seen = [];
    for (const [at, state] of [...states, 'TERMINATED' as const, 'STARTED' as const].entries()) {
      const deployment = { ...record, revision: 2 + at };
      await given.store.write(aBatch(record, { deployment, jobs: [{ ...job, state }], at }));
      const stored = await given.store.jobs.get(job.id);
      seen.push([stored?.state, stored?.resourceVersion, stored?.createdAt, stored?.modifiedAt]);
    }
    expect(seen).toEqual([
      ['STANDBY', 1, 0, 0],
      ['STARTED', 2, 0, 1],
      ['STARTED', 2, 0, 1],
      ['TERMINATING', 3, 0, 3],
      ['FAILED', 4, 0, 4],
      ['FAILED', 4, 0, 4],
      ['FAILED', 4, 0, 4],
    ]);
  });

  test('a final Savepoint stays as it is, save that its location is filled in', async () => {
    const record = await aStoredDeployment();
    const savepoint = aSavepoint(record);
    const put = async (changes: Partial<typeof savepoint>) => {
      await given.store.write(aBatch(record, { savepoints: [{ ...savepoint, ...changes }] }));
      return await given.store.savepoints.get(savepoint.id);
    };
    await put({});
    expect(await put({ state: 'COMPLETED' })).toMatchObject({ resourceVersion: 2 });
    const failed = await put({ state: 'FAILED', location: 'file:/half' });
    expect(failed).toMatchObject({ state: 'COMPLETED', resourceVersion: 2 });
    expect(failed).not.toHaveProperty('location');
    const filled = await put({ state: 'COMPLETED', location: 'file:/a', origin: 'COPIED' });
    expect(filled).toMatchObject({
      location: 'file:/a',
      origin: 'USER_REQUEST',
      resourceVersion: 3,
    });
    expect(await put({ state: 'COMPLETED', location: 'file:/b' })).toEqual(filled);
  });

  test('open Jobs are those that are not terminal, in their order', async () => {
    const record = await aStoredDeployment();
    const jobs = [
      aJob(record, { sequence: 2, attempt: 1, state: 'STANDBY' }),
      aJob(record, { sequence: 1, attempt: 2, state: 'STARTED' }),
      aJob(record, { sequence: 1, attempt: 1, state: 'FAILED' }),
    ];
    await given.store.write(aBatch(record, { jobs }));
    const order = (found: typeof jobs) => found.map((job) => `${job.sequence}.${job.attempt}`);
    expect(order(await given.store.jobs.open(record.id))).toEqual(['1.2', '2.1']);
    const all = await given.store.jobs.list('default', { deploymentId: record.id });
    expect(order(all)).toEqual(['1.1', '1.2', '2.1']);
    expect(await given.store.jobs.list('default', { deploymentId: 'unknown' })).toEqual([]);
  });
}
