import { describe, expect, test } from 'vitest';
import { eventNames } from '../../src/core/vocabulary.ts';
import { listOf } from '../openapi/shapes/envelope.ts';
import { eventResource } from '../openapi/shapes/event.ts';
import { jobResource } from '../openapi/shapes/job.ts';
import { savepointResource } from '../openapi/shapes/savepoint.ts';
import {
  aDeployment,
  anApi,
  collection,
  deploymentOf,
  refusal,
} from '../testing/api-under-test.ts';

const base = '/api/v1/namespaces/default';
const events = listOf(eventResource);
const jobs = listOf(jobResource);
const savepoints = listOf(savepointResource);

async function aRunningDeployment(settings = {}) {
  const api = await anApi({ settings });
  const made = await deploymentOf(
    api.send('POST', collection, aDeployment('job', { state: 'RUNNING' })),
  );
  const job = await api.deployments.reachesRunning(made.metadata);
  return { ...api, id: made.metadata.id, job };
}

describe('jobs', () => {
  test('show what Flink was last seen to do, and are kept when they end (api.md 2.2)', async () => {
    const { get, store, deployments, id, job } = await aRunningDeployment();
    const path = `${base}/jobs/${job.id}`;
    const unseen = jobResource.parse(await (await get(path)).json());
    expect(unseen.status.started).toMatchObject({
      observedFlinkJobStatus: 'UNKNOWN',
      observedFlinkJobRestarts: 0,
    });
    expect(unseen.status.started?.flinkJobId).toBe(job.id.replaceAll('-', ''));
    await store.observations.put({
      jobId: job.id,
      deploymentId: id,
      flinkJobState: 'RESTARTING',
      restarts: 3,
      seenAt: Date.now(),
      conditions: [],
    });
    const seen = jobs.parse(await (await get(`${base}/jobs?deploymentId=${id}`)).json());
    expect(seen.items[0]?.status.started).toMatchObject({
      observedFlinkJobStatus: 'RESTARTING',
      observedFlinkJobRestarts: 3,
    });
    await deployments.settles({ id }, { state: 'CANCELLED' });
    const ended = jobResource.parse(await (await get(path)).json());
    expect(ended.status.state).toBe('TERMINATED');
    expect(ended.metadata.terminatedAt).toBeDefined();
    // The last look at a job that ended is no news of it (api.md 3.8).
    expect(ended.status.started).toMatchObject({
      observedFlinkJobStatus: 'CANCELED',
      lastUpdateTime: ended.metadata.terminatedAt,
    });
  });

  test('unknown filters give an empty list, unknown ids and other namespaces 404', async () => {
    const { get, job } = await aRunningDeployment({ namespaces: ['default', 'other'] });
    expect(jobs.parse(await (await get(`${base}/jobs`)).json()).items).toHaveLength(1);
    expect(jobs.parse(await (await get(`${base}/jobs?deploymentId=none`)).json()).items).toEqual(
      [],
    );
    await refusal(await get(`${base}/jobs/none`), 404);
    await refusal(await get(`/api/v1/namespaces/other/jobs/${job.id}`), 404);
    expect((await get(`${base}/jobs/${job.id.toUpperCase()}`)).status).toBe(200);
  });
});

describe('conditions', () => {
  test('are three while RUNNING, as seen; nobody having looked is not health (S25)', async () => {
    const { get, store, id, job, time } = await aRunningDeployment();
    const conditions = async () => {
      const { status } = await deploymentOf(get(`${collection}/job`));
      return status.running?.conditions.map((one) => `${one.type} ${one.status}`);
    };
    expect(await conditions()).toEqual([
      'JobFailing False',
      'JobUnstable False',
      'ClusterUnreachable False',
    ]);
    const at = time.now;
    const failing = {
      type: 'JobFailing',
      status: 'True',
      reason: 'Restarting',
      message: 'Flink restarts the job.',
      lastTransitionTime: at,
      lastUpdateTime: at,
    } as const;
    await store.observations.put({
      jobId: job.id,
      deploymentId: id,
      flinkJobState: 'RESTARTING',
      restarts: 1,
      seenAt: at,
      conditions: [failing],
    });
    expect(await conditions()).toContain('JobFailing True');
    time.now += 200_000;
    expect(await conditions()).toEqual([
      'JobFailing Unknown',
      'JobUnstable Unknown',
      'ClusterUnreachable Unknown',
    ]);
  });

  test('are gone with RUNNING; a failure is there only while FAILED', async () => {
    const { get, deployments, id } = await aRunningDeployment();
    const failure = {
      message: 'Main threw',
      reason: 'JOB_START_FAILED',
      failedAt: Date.UTC(2026, 0, 1),
    };
    await deployments.settles({ id }, { state: 'FAILED', failure });
    const { status } = await deploymentOf(get(`${collection}/job`));
    expect(status).toEqual({
      state: 'FAILED',
      failure: { ...failure, failedAt: '2026-01-01T00:00:00.000000Z' },
    });
  });
});

describe('savepoints', () => {
  const trigger = (deploymentId: string) => ({ metadata: { deploymentId } });

  test('are triggered by the id alone, wherever it stands, and polled by their own (api.md 2.3)', async () => {
    const { send, get, id, job } = await aRunningDeployment();
    for (const body of [trigger(id), { spec: { deploymentId: id } }]) {
      const made = await send('POST', `${base}/savepoints`, body);
      expect(made.status).toBe(201);
      const savepoint = savepointResource.parse(await made.json());
      expect(savepoint.metadata).toMatchObject({
        deploymentId: id,
        jobId: job.id,
        origin: 'USER_REQUEST',
      });
      expect(savepoint.spec).toEqual({ flinkSavepointId: savepoint.metadata.id });
      expect(savepoint.status).toEqual({ state: 'STARTED' });
      expect(await (await get(`${base}/savepoints/${savepoint.metadata.id}`)).json()).toEqual(
        savepoint,
      );
    }
    const listed = await get(`${base}/savepoints?deploymentId=${id}&jobId=${job.id}`);
    expect(savepoints.parse(await listed.json()).items).toHaveLength(2);
  });

  test('need an active job, else 400 saying so', async () => {
    const { send, deployments, id } = await aRunningDeployment();
    await deployments.settles({ id }, { state: 'CANCELLED' });
    const refused = await refusal(await send('POST', `${base}/savepoints`, trigger(id)), 400);
    expect(refused.reason).toBe('NO_ACTIVE_JOB');
  });

  test('need a Deployment of this namespace', async () => {
    const { send, id } = await aRunningDeployment({ namespaces: ['default', 'other'] });
    const nobody = '11111111-1111-4111-8111-111111111111';
    await refusal(await send('POST', `${base}/savepoints`, trigger(nobody)), 404);
    await refusal(await send('POST', '/api/v1/namespaces/other/savepoints', trigger(id)), 404);
    const none = await refusal(await send('POST', `${base}/savepoints`, { metadata: {} }), 400);
    expect(none.errors).toEqual([{ field: 'metadata.deploymentId', message: 'is required' }]);
    await refusal(await send('POST', `${base}/savepoints`, trigger('no uuid')), 400);
  });

  test.each([
    [{ metadata: 'x' }, 'metadata', 'must be an object'],
    [{ metadata: { annotations: ['a'] } }, 'metadata.annotations', 'must be a map'],
    [{ spec: { savepointLocation: { a: 'b' } } }, 'spec.savepointLocation', 'must be a text'],
    [{ spec: { deploymentId: 'x' } }, 'spec.deploymentId', 'must be a UUID'],
  ])('refuse %j for %s in our own words: %s', async (wrong, field, message) => {
    const { send } = await anApi();
    const refused = await refusal(await send('POST', `${base}/savepoints`, wrong), 400);
    expect(refused.errors).toEqual([{ field, message }]);
  });

  test('are registered with a location as COPIED and COMPLETED, without a job (api.md 3.8)', async () => {
    const { send, id } = await aRunningDeployment();
    const body = {
      metadata: {
        deploymentId: id,
        annotations: { 'com.dataartisans.appmanager.controller.deployment.spec.version': 1 },
      },
      spec: {
        savepointLocation: 's3://flink/savepoints/savepoint-1a2b',
        flinkSavepointId: '00000000-0000-0000-0000-000000000000',
      },
    };
    const made = await send('POST', `${base}/savepoints`, body);
    expect(made.status).toBe(201);
    const savepoint = savepointResource.parse(await made.json());
    expect(savepoint).toMatchObject({
      metadata: {
        origin: 'COPIED',
        annotations: body.metadata.annotations && expect.objectContaining({}),
      },
      spec: body.spec,
      status: { state: 'COMPLETED' },
    });
  });

  test.each([
    's3://storage/flink-savepoints/namespaces/other/deployments/x/savepoint-1',
    's3://storage/flink-savepoints/namespaces//other/x',
    's3://storage/flink-savepoints/namespaces/%6fther/x',
    's3://storage/flink-savepoints/namespaces/default/../other/x',
    's3://storage/flink-savepoints/namespaces/default/%2e%2e/other/x',
    'savepoint-1',
    's3://storage/x\ny',
    'http://example.com/savepoint-1',
    'file://localhost/savepoints/savepoint-1',
  ])('N10: the location %j is refused', async (savepointLocation) => {
    const { send, id } = await aRunningDeployment({ storageUri: 's3://storage' });
    const body = { metadata: { deploymentId: id }, spec: { savepointLocation } };
    const refused = await refusal(await send('POST', `${base}/savepoints`, body), 400);
    expect(refused.errors).toMatchObject([{ field: 'spec.savepointLocation' }]);
  });

  test('a location in the own part of the storage is fine', async () => {
    const { send, id } = await aRunningDeployment({ storageUri: 's3://storage' });
    const savepointLocation =
      's3://storage/flink-savepoints/namespaces/default/deployments/x/savepoint-1';
    const body = { metadata: { deploymentId: id }, spec: { savepointLocation } };
    expect((await send('POST', `${base}/savepoints`, body)).status).toBe(201);
  });

  test('at enumLevel 2.0 carry only what old clients know (api.md 5)', async () => {
    const { get, store, id } = await aRunningDeployment({ enumLevel: '2.0' });
    const row = {
      deploymentId: id,
      namespace: 'default',
      specVersion: 1,
      state: 'COMPLETED',
    } as const;
    await store.write({
      deploymentId: id,
      namespace: 'default',
      fence: 1,
      at: 1,
      savepoints: [
        { ...row, id: '11111111-1111-4111-8111-111111111111', origin: 'RETAINED_CHECKPOINT' },
        { ...row, id: '22222222-2222-4222-8222-222222222222', origin: 'SUSPEND', forUpgrade: true },
        { ...row, id: '33333333-3333-4333-8333-333333333333', origin: 'SUSPEND' },
      ],
    });
    const listed = savepoints.parse(await (await get(`${base}/savepoints`)).json());
    expect(listed.items.map(({ metadata }) => metadata.origin).sort()).toEqual([
      'COPIED',
      'SUSPEND',
      'SUSPEND_AND_UPGRADE',
    ]);
    expect(listed.items.every(({ metadata }) => metadata.type === undefined)).toBe(true);
  });
});

describe('events', () => {
  test('come oldest first, each strictly newer than the one before (api.md 2.4)', async () => {
    const { get, send, id } = await aRunningDeployment();
    await send('POST', `${base}/savepoints`, { metadata: { deploymentId: id } });
    const { items } = events.parse(await (await get(`${base}/events?deploymentId=${id}`)).json());
    expect(items.map(({ metadata }) => metadata.name)).toEqual([
      'STATE_TRANSITION_IS_NEEDED',
      'NEED_TO_TRIGGER_A_SAVEPOINT',
    ]);
    const times = items.map(({ metadata }) => metadata.createdAt);
    expect(new Set(times).size).toBe(times.length);
    expect([...times].sort()).toEqual(times);
    const ofNobody = await get(`${base}/events?jobId=none`);
    expect(events.parse(await ofNobody.json()).items).toEqual([]);
  });

  test('at enumLevel 2.0 leave out the ten names that came later', async () => {
    const { get, store, id } = await aRunningDeployment({ enumLevel: '2.0' });
    const all = eventNames.map((name, index) => ({
      key: `k${index}`,
      name,
      message: name,
      at: index,
    }));
    await store.write({ deploymentId: id, namespace: 'default', fence: 1, at: 1, events: all });
    const { items } = events.parse(await (await get(`${base}/events?deploymentId=${id}`)).json());
    const names = new Set(items.map(({ metadata }) => metadata.name));
    expect(names.size).toBe(40);
    expect(names.has('EXTERNAL')).toBe(false);
    expect(names.has('FAILED_TO_CREATE_CLUSTER_FOR_JOB')).toBe(true);
  });
});
