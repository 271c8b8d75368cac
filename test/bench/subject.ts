import { SluiceUnderTest } from '../e2e/support/sluice-under-test.ts';
import { endEverything } from '../e2e/support/tear-down.ts';
import type { Teardown } from './teardown.ts';

/** Between two looks at a status, in ms: what a figure of it may be off by. */
export const statusLookMs = 50;

/** Starts a Sluice with everything embedded; it goes with all it made. @param settings as environment variables. */
export async function startSluice(
  teardown: Teardown,
  settings: Record<string, string> = {},
): Promise<SluiceUnderTest> {
  const sluice = await SluiceUnderTest.create({ SLUICE_LOG_LEVEL: 'warn', ...settings });
  teardown.defer(async () => {
    const left = await endEverything(sluice);
    if (left.length > 0) throw new Error(`left behind: ${left.join(', ')}`);
  });
  await sluice.start();
  return sluice;
}

/** Milliseconds that `work` takes, and its outcome. */
export async function timed<T>(work: () => Promise<T>): Promise<{ ms: number; outcome: T }> {
  const began = performance.now();
  const outcome = await work();
  return { ms: performance.now() - began, outcome };
}
