import type { Client } from '@temporalio/client';
import type { Health } from '../../api/server.ts';
import type { Store } from '../store/store.ts';
import { checkTemporal } from '../temporal/health.ts';

export interface HealthDeps {
  client: Client;
  store: Pick<Store, 'tryWrite'>;
  /** Set in a process that has the worker itself: it knows at once, while Temporal remembers pollers for a while. */
  workerIsRunning?: () => boolean;
}

const timeoutMs = 2_000;

/** Everybody may ask, and each look costs a write and a call: those who ask within this share one. Ms. */
const sharedMs = 500;

/** Liveness ignores what lies outside the process: restarting it would not help Temporal or the database. */
export function createHealth(deps: HealthDeps): Health {
  let newest: { at: number; seen: ReturnType<Health['ready']> } | undefined;
  return {
    live: () => true,
    ready: () => {
      const now = performance.now();
      if (newest === undefined || now - newest.at >= sharedMs)
        newest = { at: now, seen: look(deps) };
      return newest.seen;
    },
  };
}

async function look(deps: HealthDeps): ReturnType<Health['ready']> {
  const [store, temporal] = await Promise.all([
    checkStore(deps.store),
    checkTemporal(deps.client, timeoutMs),
  ]);
  const own = deps.workerIsRunning?.() ?? true;
  const worker = own ? temporal.worker : 'the worker of this process does not run';
  const checks = { store, temporal: temporal.temporal, worker };
  return { ready: Object.values(checks).every((check) => check === 'ok'), checks };
}

/** By a write, since a full or read-only disk still answers every question. */
async function checkStore(store: HealthDeps['store']): Promise<string> {
  const silent = new Promise<string>((resolve) => {
    setTimeout(() => resolve(`does not answer within ${timeoutMs} ms`), timeoutMs).unref();
  });
  const answer = store.tryWrite().then(
    () => 'ok',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
  return await Promise.race([answer, silent]);
}
