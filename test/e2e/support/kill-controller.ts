import type { SluiceUnderTest } from './sluice-under-test.ts';

/** Kills a part of the controller. @returns how many processes. */
export async function killController(
  sluice: SluiceUnderTest,
  victim: 'sluice' | 'temporal',
): Promise<number> {
  if (victim === 'sluice') {
    await sluice.kill();
    await sluice.start();
  } else {
    // Sluice supervises its server: it starts another one on the same data.
    process.kill(await sluice.temporalPid(), 'SIGKILL');
  }
  return 1;
}
