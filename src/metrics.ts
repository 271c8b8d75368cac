import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
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
    help: 'Deployments by the state of their status',
    labelNames: ['state'],
    registers: [registry],
    collect: async () => {
      const rows = await store.deployments.listForSweep();
      for (const state of deploymentStates) {
        const count = rows.filter((row) => row.status.state === state).length;
        deployments.set({ state }, count);
      }
    },
  });
  return registry;
}
