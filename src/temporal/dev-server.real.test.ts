import { spawn } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { freePort, isFree } from '../free-port.ts';
import { openConnection } from './connection.ts';
import type { DevServer } from './dev-server.ts';
import { argumentsOf, identify } from './process-identity.ts';
import { cliForTests, serverForTests, temporaryFolder, until } from './testing/server.ts';

const folders: { remove(): void }[] = [];
const servers: DevServer[] = [];

function folder(): string {
  const made = temporaryFolder();
  folders.push(made);
  return made.path;
}

async function server(directory: string, options?: Parameters<typeof serverForTests>[1]) {
  const started = await serverForTests(directory, options);
  servers.push(started);
  return started;
}

afterEach(async () => {
  for (const started of servers.splice(0)) await started.stop();
  for (const made of folders.splice(0)) made.remove();
});

async function startWorkflow(address: string, workflowId: string): Promise<void> {
  const { connection, client } = openConnection({ address, namespace: 'default' });
  try {
    await client.withDeadline(Date.now() + 20_000, () =>
      client.workflow.start('none', { workflowId, taskQueue: 'nobody' }),
    );
  } finally {
    await connection.close();
  }
}

async function isOpen(address: string, workflowId: string): Promise<boolean> {
  const { connection, client } = openConnection({ address, namespace: 'default' });
  try {
    return await client.withDeadline(Date.now() + 3_000, async () => {
      return (await client.workflow.getHandle(workflowId).describe()).status.name === 'RUNNING';
    });
  } catch {
    return false;
  } finally {
    await connection.close();
  }
}

describe.skipIf(cliForTests === undefined)('the embedded Temporal server', () => {
  test('keeps its data and its ports across a clean stop, which leaves no process', async () => {
    const directory = folder();
    const first = await server(directory, { port: undefined });
    await startWorkflow(first.address, 'kept');
    const pid = first.pid();
    await first.stop();
    expect(await identify(pid)).toBeUndefined();

    const second = await server(directory, { port: undefined });

    expect(second.adopted).toBe(false);
    expect(second.address).toBe(first.address);
    expect(second.uiUrl).toBe(first.uiUrl);
    expect(await isOpen(second.address, 'kept')).toBe(true);
  }, 60_000);

  test('serves its Web UI', async () => {
    const { uiUrl } = await server(folder());
    const reply = await fetch(uiUrl);
    expect(reply.status).toBe(200);
  }, 60_000);

  test('is taken over from a Sluice that was killed, even when its record is lost', async () => {
    const directory = folder();
    const orphan = await orphanedServer(directory);
    const adopted = await server(directory);
    expect(adopted.adopted).toBe(true);
    expect(adopted.pid()).toBe(orphan.pid);
    expect(adopted.address).toBe(orphan.address);

    await rm(join(directory, 'server.json'));
    const again = await server(directory);

    expect(again.pid()).toBe(orphan.pid);
    expect(again.address).toBe(orphan.address);
  }, 60_000);

  test('a record that names a recycled process id is not believed', async () => {
    const directory = folder();
    const first = await server(directory);
    const pid = first.pid();
    await first.stop();

    const impostor = await identify(process.pid);
    const record = { port: 1, uiPort: 2, process: { ...impostor, startTicks: '1' } };
    await writeFile(join(directory, 'server.json'), JSON.stringify(record));

    const second = await server(directory);

    expect(second.adopted).toBe(false);
    expect(second.pid()).not.toBe(pid);
    expect(second.pid()).not.toBe(process.pid);
  }, 60_000);

  test('is started again at the same address when it is killed, with its data (F56)', async () => {
    const running = await server(folder());
    await startWorkflow(running.address, 'survivor');
    const pid = running.pid();

    process.kill(pid, 'SIGKILL');

    await until('a new server answers', () => isOpen(running.address, 'survivor'), 30_000);
    expect(running.pid()).not.toBe(pid);
  }, 60_000);

  test('two of them started at once on one host take different ports', async () => {
    const both = await Promise.all([
      server(folder(), { port: undefined }),
      server(folder(), { port: undefined }),
    ]);
    expect(new Set(both.map(({ address }) => address)).size).toBe(2);
    await startWorkflow(both[0].address, 'only-in-the-first');
    expect(await isOpen(both[0].address, 'only-in-the-first')).toBe(true);
    expect(await isOpen(both[1].address, 'only-in-the-first')).toBe(false);
  }, 90_000);

  test('says so when its fixed port is taken', async () => {
    const port = await freePort('127.0.0.1', 45_000);
    const squatter = createServer().listen(port, '127.0.0.1');
    await until('the port is taken', async () => !(await isFree('127.0.0.1', port)));
    try {
      await expect(server(folder(), { port })).rejects.toThrow(
        `port ${port} on 127.0.0.1 is in use; free it or change SLUICE_TEMPORAL_PORT`,
      );
    } finally {
      squatter.close();
    }
  }, 30_000);

  test('says so when the command cannot be started', async () => {
    await expect(server(folder(), { cli: '/nowhere/temporal' })).rejects.toThrow(
      'the Temporal CLI /nowhere/temporal cannot be started; check TEMPORAL_CLI_PATH',
    );
  });
});

/** Starts a server in a process of its own, which is then killed the hard way. */
async function orphanedServer(directory: string): Promise<{ pid: number; address: string }> {
  const script = `
    const { serverForTests } = await import(${JSON.stringify(new URL('./testing/server.ts', import.meta.url).href)});
    const server = await serverForTests(${JSON.stringify(directory)});
    console.log(JSON.stringify({ pid: server.pid(), address: server.address }));
    setInterval(() => undefined, 1_000);`;
  const controller = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  for await (const chunk of controller.stdout) {
    output += String(chunk);
    if (output.includes('\n')) break;
  }
  controller.kill('SIGKILL');
  await until('the controller is gone', async () => !(await identify(controller.pid ?? 0)));
  const orphan: { pid: number; address: string } = JSON.parse(output);
  expect(await argumentsOf(orphan.pid)).toContain('start-dev');
  return orphan;
}
