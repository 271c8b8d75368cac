import { type Client, isGrpcDeadlineError } from '@temporalio/client';
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
    return { temporal: silence(error, timeoutMs), worker: 'unknown' };
  }
}

/** A server that is not there and one that hangs look the same: gRPC goes on trying until the deadline. */
function silence(error: unknown, timeoutMs: number): string {
  if (isGrpcDeadlineError(error)) return `does not answer within ${timeoutMs} ms`;
  const why = error instanceof Error ? error.message : String(error);
  return `does not answer: ${why.slice(0, 200)}`;
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
