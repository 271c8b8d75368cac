import { z } from 'zod';
import { FlinkRest, until } from './flink-rest.ts';

const taskManagers = z.object({ taskmanagers: z.array(z.unknown()).min(1) });

/** The warm-up job for as long as nobody stops it: records, records per second. */
const endless = { args: ['1000000000', '100'], parallelism: 1 };

/**
 * Takes a fresh cluster through what every Deployment does, so that the classes for it get loaded: upload, run,
 * savepoint, stop with savepoint, run from it, cancel, and what a watcher reads in between.
 * @param warmUpJar the warm-up job.
 * @throws {Refused} SETUP_INCOMPLETE: Flink did not come up, or a part of it failed.
 */
export async function exerciseCluster(base: string, warmUpJar: string): Promise<void> {
  const flink = new FlinkRest(base);
  await until('a TaskManager', async () => taskManagers.parse(await flink.get('/taskmanagers')));
  const jar = await flink.upload(warmUpJar);
  const first = await flink.run({ jar, ...endless });
  await flink.capture(first, 'savepoints');
  for (const part of ['checkpoints', 'exceptions', 'config', 'metrics']) {
    await flink.get(`/jobs/${first}/${part}`);
  }
  const savepointPath = await flink.capture(first, 'stop');
  const second = await flink.run({ jar, ...endless, savepointPath });
  await flink.call('PATCH', `/jobs/${second}?mode=cancel`);
  await until('the end of the job', async () => {
    const { state } = await flink.job(second);
    return state === 'CANCELED' ? state : undefined;
  });
}
