import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { listOf } from '../openapi/shapes/envelope.ts';
import { eventResource } from '../openapi/shapes/event.ts';
import { explanationReply } from '../openapi/shapes/explanation.ts';
import {
  aDeployment,
  anApi,
  collection,
  deploymentOf,
  refusal,
} from '../testing/api-under-test.ts';

const ui = { url: 'http://127.0.0.1:8233', namespace: 'team a' };

/** A server with one Deployment that wants to run, and a way to ask why it does not. */
async function aDeploymentThatWantsToRun(name = 'counter') {
  const api = await anApi({ deps: { temporalUi: ui } });
  const body = aDeployment(name, { state: 'RUNNING' });
  const made = await deploymentOf(api.send('POST', collection, body));
  const id = String(made.metadata.id);
  const path = `${collection}/${encodeURIComponent(name)}/explanation`;
  const why = async (at = path) => explanationReply.parse(await (await api.get(at)).json());
  return { ...api, id, path, why };
}

describe('why is it not running? (mission 6)', () => {
  test('one answer: the step with its reason, the status, the latest events, where to look', async () => {
    const { why, id, get, deployments } = await aDeploymentThatWantsToRun();
    deployments.progress = { attempt: 2, limit: 4, lastError: 'no slot' };

    const told = await why();

    expect(told.metadata).toEqual({
      deploymentId: id,
      deploymentName: 'counter',
      namespace: 'default',
    });
    expect(told.explanation).toMatchObject({ desired: 'RUNNING', status: 'TRANSITIONING' });
    expect(told.explanation.reason).not.toBe('');
    expect(told.source).toEqual({ kind: 'workflow' });
    expect(told.status).toEqual((await deploymentOf(get(`${collection}/counter`))).status);
    expect(told.events.map(({ metadata }) => metadata.name)).toContain(
      'STATE_TRANSITION_IS_NEEDED',
    );
    expect(told.temporal.deployment).toEqual({
      workflowId: `deployment/default/${id}`,
      url: `http://127.0.0.1:8233/namespaces/team%20a/workflows/deployment%2Fdefault%2F${id}`,
    });
    expect(await why(`${collection}/${id}/explanation`)).toEqual(told);
  });

  test('a step under way tells its attempt, why the last one failed, and its own workflow', async () => {
    const { why, id, deployments } = await aDeploymentThatWantsToRun();
    const nextTryAt = Date.UTC(2026, 0, 15, 10);
    deployments.progress = { attempt: 2, limit: 4, nextTryAt, lastError: 'no slot' };
    await deployments.beginsStep({ id }, 'start-job', `start/${id}/1`);

    const { explanation, temporal } = await why();

    expect(explanation).toMatchObject({
      step: 'start-job',
      attempt: { number: 2, limit: 4, nextTryAt: '2026-01-15T10:00:00.000Z', lastError: 'no slot' },
    });
    expect(temporal.step).toEqual({
      workflowId: `start/${id}/1`,
      url: expect.stringMatching(/\/workflows\/start%2F[0-9a-f-]+%2F1$/),
    });
  });

  test('a step that waits tells for what; nothing, where nothing takes long', async () => {
    const { why, id, deployments } = await aDeploymentThatWantsToRun();
    await deployments.beginsStep({ id }, 'start-job', `start/${id}/1`);
    expect((await why()).explanation.waitsFor).toEqual([]);
    const wait = {
      what: '1 of 3 TaskManagers have registered with the JobManager',
      since: '2026-01-15T10:00:00.000Z',
      seenAt: '2026-01-15T10:00:08.000Z',
    };
    deployments.waitsFor = [wait];
    expect((await why()).explanation.waitsFor).toEqual([wait]);
  });

  test('a job that is RUNNING and failing is told by its conditions', async () => {
    const { why, id, deployments, store, time } = await aDeploymentThatWantsToRun();
    const job = await deployments.reachesRunning({ id });
    const lastTransitionTime = time.now;
    await store.observations.put({
      jobId: job.id,
      deploymentId: id,
      flinkJobState: 'RESTARTING',
      restarts: 5,
      seenAt: time.now,
      conditions: [
        {
          type: 'JobFailing',
          status: 'True',
          reason: 'Restarting',
          message: 'Flink has been restarting the job for 70 s',
          lastTransitionTime,
          lastUpdateTime: lastTransitionTime,
        },
      ],
    });

    const { status, explanation } = await why();

    expect(explanation.status).toBe('RUNNING');
    expect(status.running?.jobId).toBe(job.id);
    expect(status.running?.conditions[0]).toMatchObject({ type: 'JobFailing', status: 'True' });
  });

  test('a failure is told with what a person can do', async () => {
    const { why, id, deployments } = await aDeploymentThatWantsToRun();
    const failure = { message: 'no such class: Counter', reason: 'JOB_FAILED', failedAt: 0 };
    await deployments.settles({ id }, { state: 'FAILED', failure });
    const { status, explanation } = await why();
    expect(status.failure).toMatchObject({ message: 'no such class: Counter' });
    expect(explanation.advice).toContain('retry');
  });

  test('without an answer of the workflow the store explains, and the reply says so', async () => {
    const { why, deployments, logged } = await aDeploymentThatWantsToRun();
    const { explanation } = await why();
    deployments.silence = 'no worker answered in time';

    const told = await why();

    const { waitsFor, ...known } = explanation;
    expect(waitsFor).toEqual([]);
    expect(told.explanation).toEqual(known);
    expect(told.source.kind).toBe('store');
    expect(told.source.message).toContain('no worker answered in time');
    expect(logged.join()).toContain('workflow did not explain itself');
  });

  test('what a later version stored is not guessed at: 503', async () => {
    const { store, deployments, id, get, path } = await aDeploymentThatWantsToRun();
    const row = await store.deployments.get(id);
    if (row === undefined) throw new Error('the row is gone');
    const deployment = {
      ...row,
      revision: row.revision + 1,
      workflowState: { schemaVersion: 2 },
    };
    const { namespace, fence } = row;
    await store.write({ deploymentId: id, namespace, fence, at: 0, deployment });
    deployments.silence = 'no worker';
    await refusal(await get(path), 503);
  });

  test('only the latest 20 events, oldest of them first', async () => {
    const { why, id, send, get } = await aDeploymentThatWantsToRun();
    for (let n = 0; n < 25; n += 1) {
      const spec = { state: n % 2 === 0 ? 'CANCELLED' : 'RUNNING' };
      await send('PATCH', `${collection}/${id}`, { spec });
    }
    const list = await get(`/api/v1/namespaces/default/events?deploymentId=${id}`);
    const { items } = listOf(eventResource).parse(await list.json());
    const { events } = await why();
    expect(items.length).toBeGreaterThan(20);
    expect(events).toEqual(items.slice(-20));
  });

  test('speaks YAML, and is 404 and 405 like all others', async () => {
    const { send, get, path, why } = await aDeploymentThatWantsToRun('a name/with a slash');
    const yaml = await send('GET', path, undefined, { accept: 'application/yaml' });
    expect(yaml.headers.get('content-type')).toBe('application/yaml');
    expect(parse(await yaml.text())).toEqual(await why());
    await refusal(await get(`${collection}/none/explanation`), 404);
    await refusal(await get('/api/v1/namespaces/none/deployments/a/explanation'), 404);
    await refusal(await send('POST', path, {}), 405);
  });
});

test('without a known Web UI there is no link', async () => {
  const { send, get } = await anApi();
  await send('POST', collection, aDeployment('counter'));
  const told = explanationReply.parse(
    await (await get(`${collection}/counter/explanation`)).json(),
  );
  expect(Object.keys(told.temporal.deployment)).toEqual(['workflowId']);
});
