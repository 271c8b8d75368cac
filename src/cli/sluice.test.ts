import { execFileSync } from 'node:child_process';
import { afterEach, expect, test } from 'vitest';
import { z } from 'zod';
import { freePort } from '../free-port.ts';
import { until } from '../temporal/testing/server.ts';
import { type RunningSluice, workbench } from './testing/sluice.ts';

const { run, folder, clear } = workbench();
afterEach(clear);
const timeoutMs = 60_000;

test('wrong settings are refused with exit code 2, named', { timeout: timeoutMs }, async () => {
  const sluice = run('start', { SLUICE_POLL_MS: 'soon' });
  expect(await sluice.end()).toBe(2);
  expect(sluice.output()).toContain('sluice: SLUICE_POLL_MS is "soon", but must be: whole number');
});

test('it does not listen off loopback without a token', { timeout: timeoutMs }, async () => {
  const sluice = run('start', { SLUICE_LISTEN: '0.0.0.0:0', SLUICE_TOKEN: '' });
  expect(await sluice.end()).toBe(2);
  expect(sluice.output()).toContain('without a token');
});

test('a worker needs to be told where Temporal is', { timeout: timeoutMs }, async () => {
  const sluice = run('worker', { TEMPORAL_ADDRESS: '' });
  expect(await sluice.end()).toBe(2);
  expect(sluice.output()).toContain('TEMPORAL_ADDRESS is not set');
});

test('the API boots without Temporal: alive, but not ready', { timeout: timeoutMs }, async () => {
  const port = await freePort('127.0.0.1', 18_000 + (process.pid % 900));
  const sluice = run('api', {
    SLUICE_DATA_DIR: folder(),
    SLUICE_LISTEN: `127.0.0.1:${port}`,
    TEMPORAL_ADDRESS: `127.0.0.1:${await freePort('127.0.0.1', 17_000)}`,
  });
  await until('it listens', () => sluice.output().includes('The API listens at'), 50_000);
  expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
  expect(await troubles(`http://127.0.0.1:${port}`)).toEqual({
    temporal: 'does not answer within 2000 ms',
    worker: 'unknown',
  });
  expect(await sluice.end('SIGTERM')).toBe(0);
});

test('an API whose disk takes no more is not ready, until it does', {
  timeout: timeoutMs,
}, async () => {
  const url = `http://127.0.0.1:${await freePort('127.0.0.1', 18_000 + (process.pid % 900))}`;
  const sluice = run('api', {
    SLUICE_DATA_DIR: folder(),
    SLUICE_LISTEN: url.slice('http://'.length),
    TEMPORAL_ADDRESS: `127.0.0.1:${await freePort('127.0.0.1', 17_000)}`,
  });
  await until('it listens', () => sluice.output().includes('The API listens at'), 50_000);
  const store = async () => (await troubles(url)).store ?? 'ok';
  expect(await store()).toBe('ok');
  allowFileSize(sluice, '0');
  await expect
    .poll(store, { timeout: 20_000 })
    .toBe('the store cannot be used now: disk I/O error');
  const { status } = await fetch(`${url}/api/v1/namespaces/default/deployments`);
  expect(status, 'what is stored can still be read').toBe(200);
  allowFileSize(sluice, 'unlimited');
  await expect.poll(store, { timeout: 20_000 }).toBe('ok');
});

const problem = z.object({ errors: z.array(z.object({ field: z.string(), message: z.string() })) });

/** What `/readyz` of an API that is not ready complains of, by part. */
async function troubles(url: string): Promise<Record<string, string>> {
  const reply = await fetch(`${url}/readyz`);
  expect(reply.status).toBe(503);
  const { errors } = problem.parse(await reply.json());
  return Object.fromEntries(errors.map(({ field, message }) => [field, message]));
}

/** The kernel refuses every write beyond this size of a file, in bytes, as a full disk would. */
function allowFileSize({ child }: RunningSluice, limit: string): void {
  execFileSync('prlimit', ['--pid', String(child.pid), `--fsize=${limit}:unlimited`]);
}

test('every setting is listed', { timeout: timeoutMs }, async () => {
  const sluice = run('settings');
  expect(await sluice.end()).toBe(0);
  expect(sluice.output()).toContain('SLUICE_LISTEN\n');
  expect(sluice.output()).toContain('default: 127.0.0.1:8080; allowed: host:port');
});
