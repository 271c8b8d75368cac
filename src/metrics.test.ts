import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Unreachable } from './core/errors/index.ts';
import { deploymentStates } from './core/vocabulary.ts';
import { createMetrics } from './metrics.ts';
import { openStore } from './store/open-store.ts';
import type { Store } from './store/store.ts';
import { aDeployment } from './store/testing/records.ts';

async function aStore(): Promise<Store> {
  const directory = await mkdtemp(join(tmpdir(), 'sluice-metrics-'));
  const store = await openStore({ file: join(directory, 'store.db') });
  onTestFinished(async () => {
    await store.close();
    await rm(directory, { recursive: true, force: true });
  });
  return store;
}

/** Samples of our own metrics, as Prometheus would read them. */
async function samples(registry: ReturnType<typeof createMetrics>): Promise<string[]> {
  const lines = (await registry.metrics()).split('\n');
  return lines.filter((line) => line.startsWith('sluice_'));
}

test('Deployments are counted by state, every state always, and by nothing without bound', async () => {
  const store = await aStore();
  const registry = createMetrics(store);
  for (const [name, state] of [
    ['a', 'RUNNING'],
    ['b', 'RUNNING'],
    ['c', 'FAILED'],
  ] as const) {
    const failure = { message: 'm', reason: 'r', failedAt: 0 };
    const status = state === 'FAILED' ? { state, failure } : { state };
    await store.deployments.insert(aDeployment({ name, status }), []);
  }
  const seen = await samples(registry);
  expect(seen).toContain('sluice_deployments{state="RUNNING"} 2');
  expect(seen).toContain('sluice_deployments{state="FAILED"} 1');
  expect(seen).toContain('sluice_deployments{state="SUSPENDED"} 0');
  expect(seen).toHaveLength(deploymentStates.length);
});

test('without the store the other metrics stay, and no count is made up (S25)', async () => {
  const store = await aStore();
  let away = false;
  const listForSweep: Store['deployments']['listForSweep'] = () => {
    if (away) throw new Unreachable('STORE_UNAVAILABLE', 'the database does not answer');
    return store.deployments.listForSweep();
  };
  const failing = { ...store, deployments: { ...store.deployments, listForSweep } };
  const registry = createMetrics(failing);
  expect(await samples(registry)).toContain('sluice_deployments{state="RUNNING"} 0');
  away = true;
  expect(await samples(registry)).toEqual([]);
  expect(await registry.metrics()).toContain('process_cpu_seconds_total');
  away = false;
  expect(await samples(registry)).toHaveLength(deploymentStates.length);
});
