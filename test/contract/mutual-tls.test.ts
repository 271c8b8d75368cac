import { randomUUID } from 'node:crypto';
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { withoutDashes } from '../../src/core/ids.ts';
import { type CertificateFiles, readCertificates } from '../../src/flink/certificates.ts';
import { createFlinkClient } from '../../src/flink/create-client.ts';
import { findRuntimes, findSampleJobs } from '../../src/setup/runtimes.ts';
import { tlsArguments, tlsConfiguration } from '../../src/targets/kubernetes/tls.ts';
import { until } from '../e2e/support/until.ts';
import { makeCertificates, storesPassword, workersFiles } from '../support/certificates.ts';
import { type FlinkCluster, startFlinkCluster } from '../support/flink-cluster.ts';

const { signal } = new AbortController();
const clusterId = 'jtls';
const host = '127.77.0.1';
const { flink: runtimes, java } = findRuntimes();

/** Flink's own list of suites has none for keys of the second kind. */
const keys = ['rsa:2048', 'ec -pkeyopt ec_paramgen_curve:prime256v1'];
const cases = runtimes.map((runtime, index) => ({ runtime, key: keys[index % keys.length] }));

describe.each(cases)('Flink $runtime.version with keys of kind $key', ({ runtime, key }) => {
  /** Two authorities, each with certificates of its own; the second is a stranger's. */
  let ours: string;
  let theirs: string;
  let cluster: FlinkCluster;
  let agent: Agent;
  beforeAll(async () => {
    const make = async () => {
      const folder = await mkdtemp(join(tmpdir(), 'sluice-tls-'));
      await makeCertificates(folder, { name: `IP:${host}`, ...(key && { key }) });
      return folder;
    };
    [ours, theirs] = [await make(), await make()];
    agent = new Agent({ connect: await readCertificates(workersFiles(ours)) });
    cluster = await startFlinkCluster({
      runtime,
      java,
      clusterId,
      configuration: tlsConfiguration(ours),
      tls: { host, arguments: tlsArguments(storesPassword), agent },
    });
  });
  afterAll(async () => {
    await cluster?.stop();
    await agent?.close();
    for (const folder of [ours, theirs]) await rm(folder, { recursive: true, force: true });
  });

  function at(certificates?: CertificateFiles, url = cluster.restUrl) {
    const client = createFlinkClient({ certificates, callTimeoutMs: 5_000 });
    onTestFinished(() => client.close());
    return client.at(url, clusterId);
  }
  const refusal = (certificates?: CertificateFiles, url?: string) =>
    at(certificates, url)
      .jobs(signal)
      .then(
        () => 'answered',
        ({ code, message }) => `${code}: ${message}`,
      );

  test('a worker is answered, and runs a job', async () => {
    const flink = at(workersFiles(ours));
    const jobId = withoutDashes(randomUUID());
    const jarId = await flink.uploadJar(findSampleJobs().counter, 'counter.jar', signal);
    await flink.run(
      { jarId, jobId, flinkVersion: runtime.version, programArgs: [], parallelism: 2 },
      signal,
    );
    await until(
      'all tasks run',
      () => flink.job(jobId, signal),
      (job) => job?.vertices.every(({ status }) => status === 'RUNNING') === true,
    );
    expect(await flink.cancel(jobId, signal)).toBe('accepted');
  });

  test('the password is neither told nor logged', async () => {
    const told = JSON.stringify(await at(workersFiles(ours)).configuration(signal));
    expect(told).toContain('security.ssl.keystore-password');
    for (const log of ['jm.log', 'tm.log'])
      expect(told + (await readFile(join(cluster.folder, log), 'utf8'))).not.toContain(
        storesPassword,
      );
  });

  test('nobody is answered without a certificate', async () => {
    const { ca } = await readCertificates(workersFiles(ours));
    const stranger = new Agent({ connect: { ca } });
    onTestFinished(() => stranger.destroy());
    await expect(request(`${cluster.restUrl}/overview`, { dispatcher: stranger })).rejects.toThrow(
      /alert|reset|closed/i,
    );
    expect(await refusal(undefined)).toMatch(/^FLINK_UNREACHABLE: .*SLUICE_FLINK_TLS_CERT/);
  });

  test('nobody is answered in the clear', async () => {
    expect(await refusal(undefined, cluster.restUrl.replace('https', 'http'))).toMatch(
      /^FLINK_UNREACHABLE/,
    );
  });

  test("nobody is answered with another authority's certificate", async () => {
    const { ca } = workersFiles(ours);
    expect(await refusal({ ...workersFiles(theirs), ca })).toContain('it refuses our certificate');
  });

  test("nobody is believed who shows another authority's certificate", async () => {
    const { ca } = workersFiles(theirs);
    expect(await refusal({ ...workersFiles(ours), ca })).toContain(
      'of an authority that is not ours',
    );
  });

  test('nobody is believed under a name that is not in the certificate', async () => {
    // The same address, written in another way.
    const alias = cluster.restUrl.replace(host, `[::ffff:${host}]`);
    expect(await refusal(workersFiles(ours), alias)).toContain('is for another name');
  });

  test('renewed files count from the next connection on', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-tls-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const files = workersFiles(folder);
    const put = async (from: CertificateFiles) => {
      for (const file of ['ca', 'certificate', 'key'] as const)
        await copyFile(from[file], files[file]);
    };
    await put(workersFiles(theirs));
    const flink = at(files);
    await expect(flink.jobs(signal)).rejects.toMatchObject({ code: 'FLINK_UNREACHABLE' });
    await put(workersFiles(ours));
    expect(await flink.jobs(signal)).toEqual(expect.any(Array));
  });
});
