import { afterEach, expect, test } from 'vitest';
import { freePort } from '../temporal/free-port.ts';
import { until } from '../temporal/testing/server.ts';
import { workbench } from './testing/sluice.ts';

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
  const ready = await fetch(`http://127.0.0.1:${port}/readyz`);
  expect(ready.status).toBe(503);
  expect(await ready.text()).toContain('does not answer');
  expect(await sluice.end('SIGTERM')).toBe(0);
});

test('every setting is listed', { timeout: timeoutMs }, async () => {
  const sluice = run('settings');
  expect(await sluice.end()).toBe(0);
  expect(sluice.output()).toContain('SLUICE_LISTEN\n');
  expect(sluice.output()).toContain('default: 127.0.0.1:8080; allowed: host:port');
});
