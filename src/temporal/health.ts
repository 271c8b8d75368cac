import type { Client } from '@temporalio/client';
import { taskQueues } from '../../workflows/messages.ts';

/** `ok`, or in words what is wrong. */
export interface TemporalHealth {
  temporal: string;
  worker: string;
}

/** A long poll lasts a minute: a poller that has not come back within this has gone. Ms. */
const pollerIsGoneAfterMs = 90_000;

/**
 * Whether Temporal answers and a worker takes its tasks, for readiness. Never throws.
 * @param timeoutMs for both questions together.
 */
export async function checkTemporal(client: Client, timeoutMs = 2_000): Promise<TemporalHealth> {
  try {
    const pollers = await client.withDeadline(Date.now() + timeoutMs, () => recentPollers(client));
    return { temporal: 'ok', worker: pollers > 0 ? 'ok' : 'no worker polls for tasks' };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { temporal: `does not answer: ${why.slice(0, 200)}`, worker: 'unknown' };
  }
}

async function recentPollers(client: Client): Promise<number> {
  const { namespace } = client.options;
  const workflowTasks = 1;
  const reply = await client.workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name: taskQueues.main },
    taskQueueType: workflowTasks,
  });
  const since = Date.now() - pollerIsGoneAfterMs;
  return reply.pollers.filter(
    ({ lastAccessTime }) => Number(lastAccessTime?.seconds) * 1_000 > since,
  ).length;
}
