import type { Client } from '@temporalio/client';
import type { Health } from '../../api/server.ts';
import type { Store } from '../store/store.ts';
import { checkTemporal } from '../temporal/health.ts';

export interface HealthDeps {
  client: Client;
  store: Store;
  /** Set in a process that has the worker itself: it knows at once, while Temporal remembers pollers for a while. */
  workerIsRunning?: () => boolean;
}

const timeoutMs = 2_000;

/** Liveness ignores what lies outside the process: restarting it would not help Temporal or the database. */
export function createHealth(deps: HealthDeps): Health {
  return {
    live: () => true,
    ready: async () => {
      const [store, temporal] = await Promise.all([
        checkStore(deps.store),
        checkTemporal(deps.client, timeoutMs),
      ]);
      const own = deps.workerIsRunning?.() ?? true;
      const worker = own ? temporal.worker : 'the worker of this process does not run';
      const checks = { store, temporal: temporal.temporal, worker };
      return { ready: Object.values(checks).every((check) => check === 'ok'), checks };
    },
  };
}

async function checkStore(store: Store): Promise<string> {
  const silent = new Promise<string>((resolve) => {
    setTimeout(() => resolve(`does not answer within ${timeoutMs} ms`), timeoutMs).unref();
  });
  const answer = store.ping().then(
    () => 'ok',
    (error: unknown) => `does not answer: ${error instanceof Error ? error.message : error}`,
  );
  return await Promise.race([answer, silent]);
}
