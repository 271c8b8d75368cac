import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findSampleJobs } from '../../src/setup/runtimes.ts';
import { postgresBinaries } from '../support/postgres.ts';
import { openProduction, type Production } from './support/production.ts';
import type { SluiceUnderTest } from './support/sluice-under-test.ts';
import { until } from './support/until.ts';

const token = 'a-token-of-this-test-alone';

/** Two APIs and two workers over Postgres and a Temporal service, killed one after the other. Each story goes on from the one before. */
describe.skipIf(postgresBinaries() === undefined)('the production shape', () => {
  let production: Production;
  let apis: Production['apis'];
  let workers: Production['workers'];
  let counter: Production['counter'];

  beforeAll(async () => {
    production = await openProduction(token);
    ({ apis, workers, counter } = production);
  });
  afterAll(async () => {
    expect((await production?.close()) ?? []).toEqual([]);
  });

  /** The counter runs with all that it had counted, as the n-th Job: no death of ours burnt an attempt (S6). */
  async function runsOn(through: SluiceUnderTest, counted: number, jobs: number) {
    const seen = counter.through(through);
    await seen.reaches('RUNNING');
    const after = await seen.counted(counted);
    expect(after.restored).toBeGreaterThanOrEqual(counted);
    expect(after.gap).toBe(0);
    expect(await seen.jobs()).toHaveLength(jobs);
  }

  test('what one API has answered, the other shows (api.md 1.11)', async () => {
    const [one, other] = apis;
    await counter.create(await one.upload(findSampleJobs().counter));
    const rival = { metadata: { name: counter.name }, spec: (await counter.get()).spec };
    const namespace = '/api/v1/namespaces/default';
    expect((await other.call('POST', `${namespace}/deployments`, rival)).status).toBe(409);
    for (let n = 1; n <= 10; n++) {
      const [writer, reader] = n % 2 === 0 ? apis : [other, one];
      const labels = { n: String(n) };
      await writer.ok('PATCH', '/deployments/counter', { metadata: { labels } });
      expect((await counter.through(reader).get()).metadata.labels).toEqual(labels);
    }
    await other.ok('POST', '/deployments', {
      metadata: { name: 'short-lived' },
      spec: { ...rival.spec, state: 'CANCELLED' },
    });
    await one.ok('DELETE', '/deployments/short-lived');
    expect((await other.call('GET', `${namespace}/deployments/short-lived`)).status).toBe(404);
  });

  test('a Deployment runs on real Flink (M10)', async () => {
    await counter.reaches('RUNNING');
    await counter.counted();
    const [cluster, ...more] = await production.truth.running(counter.id);
    expect(more).toEqual([]);
    expect(cluster?.live).toEqual([expect.objectContaining({ state: 'RUNNING' })]);
  });

  test('nobody gets in without the token, and everybody may ask how it is (N18)', async () => {
    const wrong = [undefined, 'Bearer', 'Bearer a-token-of-this-test-alonE', `Basic ${token}`];
    for (const { url } of apis) {
      for (const authorization of wrong) {
        const headers = authorization === undefined ? {} : { authorization };
        const reply = await fetch(`${url}/api/v1/namespaces/default/deployments`, { headers });
        expect(reply.status).toBe(401);
        expect(reply.headers.get('www-authenticate')).toMatch(/^Bearer/);
        expect(await reply.text()).not.toContain(counter.id);
      }
      const deployment = `${url}/api/v1/namespaces/default/deployments/counter`;
      expect((await fetch(deployment, { method: 'DELETE' })).status).toBe(401);
      expect((await fetch(`${url}/metrics`)).status).toBe(401);
      for (const path of ['/healthz', '/readyz', '/swagger.json', '/openapi.json'])
        expect((await fetch(`${url}${path}`)).status).toBe(200);
    }
    expect((await counter.get()).spec.state).toBe('RUNNING');
  });

  test('an API killed as soon as it has answered a PATCH has lost nothing of it (M07, M12, S22)', async () => {
    const [one, other] = apis;
    await counter.counted();
    await counter.patch({ state: 'SUSPENDED' });
    await one.kill();
    const elsewhere = counter.through(other);
    expect((await elsewhere.get()).spec.state).toBe('SUSPENDED');
    await elsewhere.reaches('SUSPENDED');
    expect(await production.truth.clusters()).toEqual([]);
    await one.start();
  });

  test('a worker killed in the middle of a start hands it over (F03, S6)', async () => {
    const [suspended] = await counter.jobs();
    const { items } = await apis[0].ok('GET', `/savepoints?deploymentId=${counter.id}`);
    expect(items).toHaveLength(1);
    await counter.patch({ state: 'RUNNING' });
    const worker = await production.workerBehindTheJobAfter(suspended.metadata.id);
    await worker.kill();
    await runsOn(apis[1], 0, 2);
    await worker.start();
  });

  test('a worker killed in the middle of an upgrade hands it over (F03, S6)', async () => {
    const before = await counter.counted();
    const jobId = await counter.jobId();
    await counter.patch({ template: { spec: { parallelism: 2 } } });
    const worker = await production.workerBehindTheJobAfter(jobId);
    await worker.kill();
    await runsOn(apis[0], before.count, 3);
    await worker.start();
  });

  test('with no worker left jobs run on, changes are refused, and the first one back goes on (F55)', async () => {
    const before = await counter.counted();
    const jobId = await counter.jobId();
    await counter.patch({ template: { spec: { parallelism: 1 } } });
    await production.workerBehindTheJobAfter(jobId);
    await Promise.all(workers.map((worker) => worker.kill()));

    const refused = await apis[1].call('PATCH', '/api/v1/namespaces/default/deployments/counter', {
      metadata: { labels: { n: 'refused' } },
    });
    expect(refused).toMatchObject({ status: 503, body: { reason: 'TEMPORAL_UNAVAILABLE' } });
    expect((await counter.get()).status.state).toBe('TRANSITIONING');
    await until(
      'the old job counts on',
      () => production.truth.count(jobId),
      (seen) => (seen?.count ?? 0) > before.count,
    );

    await workers[1].start();
    await runsOn(apis[0], before.count, 4);
    await workers[0].start();
  });

  test('SIGTERM ends a worker in mid-upgrade in good order, and the other goes on', async () => {
    const before = await counter.counted();
    const jobId = await counter.jobId();
    await counter.patch({ template: { spec: { parallelism: 2 } } });
    const worker = await production.workerBehindTheJobAfter(jobId);
    expect(await endsWithin(30_000, worker)).toBe(0);
    await runsOn(apis[1], before.count, 5);
  });

  test('SIGTERM ends everything else, and the job runs on', async () => {
    const { count } = await counter.counted();
    const jobId = await counter.jobId();
    expect(await Promise.all(apis.map((api) => endsWithin(10_000, api)))).toEqual([0, 0]);
    expect(await Promise.all(workers.map((worker) => endsWithin(30_000, worker)))).toEqual([0, 0]);
    await until(
      'the job counts on',
      () => production.truth.count(jobId),
      (seen) => (seen?.count ?? 0) > count,
    );
  });
});

/** @returns the exit code of the process after SIGTERM. */
async function endsWithin(ms: number, process: SluiceUnderTest): Promise<number | null | 'late'> {
  const late = sleep(ms, 'late' as const, { ref: false });
  return await Promise.race([process.stop('SIGTERM'), late]);
}
