import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startTemporalServer } from '../../test/support/temporal-server.ts';
import { freePort } from '../free-port.ts';
import { openStore } from '../store/open-store.ts';
import { cliForTests, until } from '../temporal/testing/server.ts';
import { workbench } from './testing/sluice.ts';

const { run, folder, clear } = workbench();
afterEach(clear);

const worker = (environment: Record<string, string>) =>
  run('worker', { SLUICE_DATA_DIR: folder(), ...environment });

describe.skipIf(cliForTests === undefined)('a worker that cannot work', () => {
  let temporal: Awaited<ReturnType<typeof startTemporalServer>>;
  beforeAll(async () => {
    temporal = await startTemporalServer();
  });
  afterAll(() => temporal?.stop());

  test('ends with the command that registers its search attributes (temporal.md 9)', async () => {
    const make = ['operator', 'namespace', 'create', '--namespace', 'bare'];
    execFileSync(cliForTests ?? '', [...make, '--address', temporal.address]);
    const sluice = worker({ TEMPORAL_ADDRESS: temporal.address, TEMPORAL_NAMESPACE: 'bare' });
    expect(await sluice.end()).toBe(1);
    expect(sluice.output()).toContain(
      'search-attribute create --namespace bare --name SluiceState',
    );
  });

  test('ends naming the address that is taken', async () => {
    const taken = temporal.address;
    const sluice = worker({ TEMPORAL_ADDRESS: taken, SLUICE_WORKER_METRICS_LISTEN: taken });
    expect(await sluice.end()).toBe(2);
    expect(sluice.output()).toContain(
      `SLUICE_WORKER_METRICS_LISTEN ${taken} cannot be listened on`,
    );
  });

  test('ends naming the namespace that is not there', async () => {
    const sluice = worker({ TEMPORAL_ADDRESS: temporal.address, TEMPORAL_NAMESPACE: 'nowhere' });
    expect(await sluice.end()).toBe(1);
    expect(sluice.output()).toContain('sluice: Temporal has no namespace "nowhere"');
  });
});

describe('a worker of clusters in Kubernetes alone', () => {
  const targets = { SLUICE_TARGETS: 'kubernetes', KUBERNETES_SERVICE_HOST: '' };

  test('ends naming the setting when no cluster is known', async () => {
    const sluice = worker({ ...targets, KUBECONFIG: '', TEMPORAL_ADDRESS: '127.0.0.1:1' });
    expect(await sluice.end()).toBe(2);
    expect(sluice.output()).toContain('SLUICE_TARGETS names kubernetes, but no cluster is known');
  });

  test('ends naming the setting when Flink is to speak TLS and is reached from outside', async () => {
    const data = folder();
    const KUBECONFIG = join(data, 'kubeconfig');
    writeFileSync(KUBECONFIG, JSON.stringify(unreachableCluster));
    const sluice = worker({
      ...{ ...targets, KUBECONFIG, TEMPORAL_ADDRESS: '127.0.0.1:1' },
      ...{ ...noFiles, SLUICE_FLINK_TLS_SECRET: 'flink-tls' },
    });
    expect(await sluice.end()).toBe(2);
    expect(sluice.output()).toContain('SLUICE_FLINK_TLS_SECRET needs Sluice in the cluster itself');
  });

  test('ends naming the certificates that it cannot read', async () => {
    const data = folder();
    const KUBECONFIG = join(data, 'kubeconfig');
    writeFileSync(KUBECONFIG, JSON.stringify(unreachableCluster));
    const sluice = worker({
      ...{ ...targets, KUBECONFIG, TEMPORAL_ADDRESS: '127.0.0.1:1' },
      ...{ ...noFiles, SLUICE_FLINK_TLS_KEY: KUBECONFIG },
    });
    expect(await sluice.end()).toBe(2);
    const missing = '/no/such cannot be read: it does not exist (ENOENT, /no/such)';
    expect(sluice.output()).toContain(`SLUICE_FLINK_TLS_CA is refused: ${missing}`);
    const key = `${KUBECONFIG} holds no private key without a passphrase in PEM`;
    expect(sluice.output()).toContain(`SLUICE_FLINK_TLS_KEY is refused: ${key}`);
  });

  test('needs no Java, and makes no target `local`', async () => {
    const data = folder();
    const KUBECONFIG = join(data, 'kubeconfig');
    writeFileSync(KUBECONFIG, JSON.stringify(unreachableCluster));
    const sluice = worker({
      ...{ ...targets, KUBECONFIG, SLUICE_DATA_DIR: data },
      ...{ PATH: '', JAVA_HOME: '/nowhere', TEMPORAL_ADDRESS: '127.0.0.1:1' },
    });
    await until('it waits', () => sluice.output().includes('temporal is not reachable'), 60_000);
    expect(await sluice.end('SIGTERM')).toBe(0);
    const store = await openStore({ file: join(data, 'store.db') });
    expect(await store.targets.all()).toEqual([]);
    await store.close();
  });
});

const noFiles = {
  SLUICE_FLINK_TLS_CA: '/no/such',
  SLUICE_FLINK_TLS_CERT: '/no/such',
  SLUICE_FLINK_TLS_KEY: '/no/such',
};

const unreachableCluster = {
  clusters: [{ name: 'a', cluster: { server: 'https://127.0.0.1:1' } }],
  contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
  users: [{ name: 'a', user: {} }],
  'current-context': 'a',
};

describe('a worker without Temporal', () => {
  test('says that it waits, and ends on SIGTERM', async () => {
    const address = `127.0.0.1:${await freePort('127.0.0.1', 17_000)}`;
    const sluice = worker({ TEMPORAL_ADDRESS: address });
    await until('it waits', () => sluice.output().includes('temporal is not reachable'), 60_000);
    expect(sluice.output()).toContain(`"address":"${address}"`);
    expect(await sluice.end('SIGTERM')).toBe(0);
  });

  test('says so, too, of one that takes connections and answers nothing', async () => {
    const sockets: Socket[] = [];
    const silent = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const sluice = worker({ TEMPORAL_ADDRESS: `127.0.0.1:${port}` });
    await until('it waits', () => sluice.output().includes('temporal is not reachable'), 60_000);
    expect(await sluice.end('SIGTERM')).toBe(0);
    for (const socket of sockets) socket.destroy();
    silent.close();
  });
});
