import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readCertificates } from '../../src/flink/certificates.ts';
import { findSampleJobs } from '../../src/setup/runtimes.ts';
import { CounterDeployment } from '../e2e/support/counter-deployment.ts';
import { until } from '../e2e/support/until.ts';
import { storesPassword, workersFiles } from '../support/certificates.ts';
import { openTruth } from './support/arena.ts';
import { type Insider, openInsider } from './support/insider.ts';
import { type Installation, install } from './support/installation.ts';
import { kubectl } from './support/kubectl.ts';
import { onTheVolume } from './support/on-the-volume.ts';
import { ownNode } from './support/own-node.ts';

// As in install.test.ts.
const isOurs = ownNode(process.env.KUBECONFIG ?? '') !== undefined;

describe.skipIf(!isOurs)('Sluice in the cluster, with mutual TLS to Flink', () => {
  let folder: string;
  let installed: Installation;
  let insider: Insider;
  let truth: Awaited<ReturnType<typeof openTruth>>;
  let counter: CounterDeployment;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-tls-'));
    installed = await install(folder);
    insider = openInsider(await readCertificates(workersFiles(folder)));
    truth = await openTruth(installed.flink, insider.agent);
    counter = new CounterDeployment(installed.api, truth.truth, 'secured');
    // Two clusters must fit beside Sluice's own pods for an upgrade; those of the API are what we talk through.
    await kubectl(
      '-n',
      installed.sluice.namespace,
      'scale',
      'deployment/sluice-worker',
      '--replicas=1',
    );
  }, 300_000);
  afterAll(async () => {
    await truth?.close();
    await insider?.close();
    await installed?.close();
    await rm(folder, { recursive: true, force: true });
  }, 300_000);

  const inFlink = (...words: string[]) => kubectl('-n', installed.flink.namespace, ...words);
  /** Of the job that runs. */
  const restUrl = async () => {
    const [running] = await truth.truth.running(counter.id);
    const seen =
      running && (await truth.truth.target.describe(running.ref, AbortSignal.timeout(5_000)));
    if (seen?.kind !== 'present' || !seen.restUrl) throw new Error('no cluster');
    return seen.restUrl;
  };

  test('a Deployment runs', async () => {
    await installed.api.ok('POST', '/deployment-targets', {
      metadata: { name: 'flink' },
      spec: { kubernetes: { namespace: installed.flink.namespace } },
    });
    await counter.create(await installed.api.upload(findSampleJobs().counter), onTheVolume(0.3));
    await counter.reaches('RUNNING');
    await counter.counted();
  });

  test('Flink answers nobody without a certificate, and nobody in the clear', async () => {
    const url = `${await restUrl()}/overview`;
    expect(url).toMatch(/^https:/);
    expect((await request(url, { dispatcher: insider.agent })).statusCode).toBe(200);
    const { ca } = await readCertificates(workersFiles(folder));
    const stranger = openInsider({ ca });
    try {
      await expect(request(url, { dispatcher: stranger.agent })).rejects.toThrow(/alert/i);
      const plain = await request(url.replace('https:', 'http:'), { dispatcher: stranger.agent });
      // It is sent on to where it would need one.
      expect([plain.statusCode, plain.headers.location]).toEqual([
        301,
        expect.stringMatching(/^https:/),
      ]);
    } finally {
      await stranger.close();
    }
  });

  test('the password is in no object but its Secret, and in no log', async () => {
    const objects = await inFlink('get', 'configmaps,pods,deployments,services', '-o', 'yaml');
    expect(objects).toContain('security.ssl');
    const pods = await inFlink('get', 'pods', '-o', 'name');
    const logs = await Promise.all(
      pods
        .trim()
        .split('\n')
        .map((pod) => inFlink('logs', pod)),
    );
    expect(logs.join()).toContain('security.ssl');
    expect(objects + logs.join()).not.toContain(storesPassword);
  });

  test('a stateful upgrade counts on', async () => {
    const before = await counter.counted();
    await counter.patch({ template: { spec: { parallelism: 2 } } });
    await counter.reaches('RUNNING');
    const after = await counter.counted(before.count);
    expect(after.restored).toBeGreaterThanOrEqual(before.count);
    expect(after.gap).toBe(0);
    expect(await restUrl()).toMatch(/^https:/);
  });

  test('it is cancelled, and nothing of it is left', async () => {
    await counter.patch({ state: 'CANCELLED' });
    await counter.reaches('CANCELLED');
    expect(await installed.flink.left()).toEqual([]);
  });

  test('a Secret that is missing is told by its name', async () => {
    await inFlink('delete', 'secret', 'flink-tls');
    const bare = new CounterDeployment(installed.api, truth.truth, 'bare');
    const jar = await installed.api.upload(findSampleJobs().counter);
    const { spec, template } = onTheVolume();
    await bare.create(jar, { spec: { ...spec, maxJobCreationAttempts: 1 }, template });
    await expect(bare.reaches('RUNNING')).rejects.toThrow(/secret \\?"flink-tls\\?" not found/);
    await until(
      'nothing of it is left',
      () => installed.flink.left(),
      (left) => left.length === 0,
    );
  });
});
