import { z } from 'zod';
import { type FlinkRest, until as untilAnswered } from '../../../src/setup/flink-rest.ts';
import type { CounterDeployment } from '../../e2e/support/counter-deployment.ts';
import { until } from '../../e2e/support/until.ts';
import { statusLookMs } from '../subject.ts';

const subtaskTimes = z.object({
  subtasks: z.array(z.object({ timestamps: z.record(z.string(), z.number()) })),
});

/**
 * When the last of a job's tasks began to run, by Flink's own record of each: epoch ms of the JobManager's clock, which is
 * ours where the node is this machine. Waits until all run.
 */
export const runningSince = (rest: FlinkRest, jobId: string): Promise<number> =>
  untilAnswered('the times of running tasks', async () => {
    const { vertices } = await rest.job(jobId);
    const times = await Promise.all(
      vertices.map(async ({ id }) => {
        const path = `/jobs/${jobId}/vertices/${id}/subtasktimes`;
        const { subtasks } = subtaskTimes.parse(await rest.get(path));
        return subtasks.map(({ timestamps }) => timestamps.RUNNING ?? 0);
      }),
    );
    const all = times.flat();
    return all.length > 0 && Math.min(...all) > 0 ? Math.max(...all) : undefined;
  });

/** @returns when the status said so, epoch ms; up to {@link statusLookMs} late. @throws when it is FAILED. */
export async function toldToBe(counter: CounterDeployment, state: string): Promise<number> {
  await until(
    `${counter.name} is ${state}`,
    async () => (await counter.get()).status,
    (status) => status.state === state || status.state === 'FAILED',
    { everyMs: statusLookMs },
  );
  const told = Date.now();
  await counter.reaches(state);
  return told;
}
