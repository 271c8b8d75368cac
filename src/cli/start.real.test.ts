import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { freePort } from '../free-port.ts';
import { findRuntimes } from '../setup/runtimes.ts';
import { findProcesses } from '../temporal/process-identity.ts';
import { cliForTests, until } from '../temporal/testing/server.ts';
import { type RunningSluice, workbench } from './testing/sluice.ts';

const { run, folder, clear } = workbench();
afterEach(clear);

function isSetUp(): boolean {
  try {
    return findRuntimes().flink.length > 0;
  } catch {
    return false;
  }
}

async function start(directory: string, port: number): Promise<RunningSluice & { url: string }> {
  const listen = `127.0.0.1:${port}`;
  const sluice = run('start', { SLUICE_DATA_DIR: directory, SLUICE_LISTEN: listen });
  await until('it runs', () => sluice.isOver() || sluice.output().includes('Ctrl-C'), 90_000);
  expect(sluice.output()).toContain(`http://${listen}`);
  return { ...sluice, url: `http://${listen}` };
}

const serversIn = (directory: string) =>
  findProcesses((argv) => argv.some((argument) => argument.startsWith(`${directory}/temporal/`)));

async function createCancelled(url: string): Promise<string> {
  const artifact = { kind: 'JAR', jarUri: 'https://jobs.example.com/counter.jar' };
  const spec = { state: 'CANCELLED', template: { spec: { artifact } } };
  const reply = await fetch(`${url}/api/v1/namespaces/default/deployments`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ metadata: { name: 'counter' }, spec }),
  });
  expect(reply.status).toBe(201);
  const created = z.object({ metadata: z.object({ id: z.string() }) }).parse(await reply.json());
  return created.metadata.id;
}

describe.skipIf(cliForTests === undefined || !isSetUp())('sluice start', () => {
  test('serves from an empty directory, outlives SIGKILL in its data, and stops on SIGINT', async () => {
    const directory = folder();
    const port = await freePort('127.0.0.1', 19_000 + (process.pid % 900));
    const first = await start(directory, port);
    expect(await (await fetch(`${first.url}/readyz`)).json()).toEqual({
      ready: true,
      checks: { store: 'ok', temporal: 'ok', worker: 'ok' },
    });
    const target = `${first.url}/api/v1/namespaces/default/deployment-targets/local`;
    expect((await fetch(target)).status).toBe(200);
    const id = await createCancelled(first.url);

    const second = run('start', { SLUICE_DATA_DIR: directory, SLUICE_LISTEN: '127.0.0.1:0' });
    expect(await second.end()).toBe(1);
    expect(second.output()).toContain(`another Sluice (process ${first.child.pid}) runs on`);

    const servers = await serversIn(directory);
    expect(servers).toHaveLength(1);
    await first.end('SIGKILL');
    const successor = await start(directory, port);

    expect(await serversIn(directory)).toEqual(servers);
    const deployment = `${successor.url}/api/v1/namespaces/default/deployments/${id}`;
    expect((await fetch(deployment)).status).toBe(200);
    expect((await fetch(deployment, { method: 'DELETE' })).status).toBe(200);

    expect(await successor.end('SIGINT')).toBe(0);
    expect(await serversIn(directory)).toEqual([]);
  }, 240_000);

  test('one that cannot have its address says so and leaves no server behind', async () => {
    const directory = folder();
    const port = await freePort('127.0.0.1', 19_000 + (process.pid % 900));
    const first = await start(directory, port);
    const rival = folder();
    const second = run('start', { SLUICE_DATA_DIR: rival, SLUICE_LISTEN: `127.0.0.1:${port}` });
    expect(await second.end()).toBe(2);
    expect(second.output()).toContain(`SLUICE_LISTEN 127.0.0.1:${port} is in use`);
    expect(await serversIn(rival)).toEqual([]);
    expect(first.isOver()).toBe(false);
  }, 240_000);
});
