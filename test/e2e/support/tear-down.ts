import { FlinkTruth } from './flink-truth.ts';
import { processes } from './kill-flink.ts';
import type { SluiceUnderTest } from './sluice-under-test.ts';

/** Ends Sluice, its clusters and its Temporal server, and removes its data. @returns processes that are still there. */
export async function endEverything(sluice: SluiceUnderTest): Promise<string[]> {
  await sluice.stop();
  try {
    const truth = await FlinkTruth.of(sluice.dataDirectory);
    for (const ref of await truth.clusters())
      await truth.target.destroy(ref, AbortSignal.timeout(60_000));
    await truth.close();
  } catch (error) {
    // It never came far enough to have an id; then it has no clusters either.
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  const mine = (await processes()).filter(({ line }) => line.includes(sluice.dataDirectory));
  for (const { pid } of mine) process.kill(pid, 'SIGKILL');
  await sluice.removeData();
  return mine.map(({ pid, line }) => `${pid} ${line.slice(0, 80)}`);
}
