import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { Unreachable } from './core/errors/index.ts';
import { deploymentStates } from './core/vocabulary.ts';
import type { Store } from './store/store.ts';

/**
 * What a process tells Prometheus: its own health, and how many Deployments are in which state, counted when asked. Never
 * a Deployment's name as a label: those are without bound.
 */
export function createMetrics(store: Store): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const deployments = new Gauge({
    name: 'sluice_deployments',
    help: 'Deployments by the state of their status; absent while the store does not answer',
    labelNames: ['state'],
    registers: [registry],
    collect: async () => {
      const counts = await countByState(store);
      // Not known is not zero (S25), and an outage is when the other metrics are wanted most.
      deployments.reset();
      for (const [state, count] of counts ?? []) deployments.set({ state }, count);
    },
  });
  return registry;
}

/** @returns undefined when the store does not answer. */
async function countByState(store: Store): Promise<Map<string, number> | undefined> {
  try {
    const counts = new Map<string, number>(deploymentStates.map((state) => [state, 0]));
    for (const { status } of await store.deployments.listForSweep()) {
      counts.set(status.state, (counts.get(status.state) ?? 0) + 1);
    }
    return counts;
  } catch (error) {
    if (error instanceof Unreachable) return undefined;
    throw error;
  }
}
