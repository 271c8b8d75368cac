import { z } from 'zod';
import { type FlinkRest, until } from '../../src/setup/flink-rest.ts';

/** A Flink cluster that a plain script made, wherever it runs. */
export interface PlainFlink {
  readonly rest: FlinkRest;
  /** Ends it the quick way; its state stays. */
  end(): Promise<void>;
}

const overview = z.object({ taskmanagers: z.number() });

/** Until a TaskManager has registered. */
export async function untilReady({ rest }: PlainFlink): Promise<void> {
  await until('a TaskManager', async () => {
    const { taskmanagers } = overview.parse(await rest.get('/overview'));
    return taskmanagers > 0 || undefined;
  });
}

/** How a script runs the counter. @returns the job's id, once all its tasks run. */
export const runCounter = (
  { rest }: PlainFlink,
  run: { jar: string; parallelism: number; savepointPath?: string },
): Promise<string> => rest.run({ ...run, args: ['--rate', '500'] });
