import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { msToTs } from '@temporalio/common/lib/time.js';
import { inject } from 'vitest';
import { openConnection } from '../../src/temporal/connection.ts';
import { ensureSearchAttributes } from '../../src/temporal/search-attributes.ts';
import { startTemporalServer } from './temporal-server.ts';

/** Where a story's workflows live. */
export interface StoryTemporal {
  address: string;
  namespace: string;
  /** Ends what was started for this story alone. */
  stop(): Promise<void>;
}

/**
 * A namespace of the run's one server, so that no story sees another's workflows; with `limits`, further dynamic
 * configuration as `key=value`, a server of its own.
 */
export async function temporalFor(limits: string[] | undefined): Promise<StoryTemporal> {
  if (limits) return { ...(await startTemporalServer(limits)), namespace: 'default' };
  const address = inject('temporalAddress');
  const namespace = `story-${randomUUID().slice(0, 8)}`;
  await makeNamespace(address, namespace);
  return { address, namespace, stop: async () => undefined };
}

async function makeNamespace(address: string, namespace: string): Promise<void> {
  const { connection } = openConnection({ address, namespace });
  try {
    const workflowExecutionRetentionPeriod = msToTs('1 day');
    const request = { namespace, workflowExecutionRetentionPeriod };
    await connection.workflowService.registerNamespace(request);
    await untilDone(() => ensureSearchAttributes({ connection, namespace, register: true }));
  } finally {
    await connection.close();
  }
}

/** Some parts of the server learn of a new namespace a moment later. */
async function untilDone(act: () => Promise<void>, withinMs = 20_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    try {
      return await act();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(20);
    }
  }
}
