import { CounterDeployment } from './counter-deployment.ts';
import { FlinkTruth } from './flink-truth.ts';
import { JobWatch } from './job-watch.ts';
import { killController } from './kill-controller.ts';
import { killFlink } from './kill-flink.ts';
import type { Battlefield, Victim } from './kill-round.ts';
import { SluiceUnderTest } from './sluice-under-test.ts';
import { StateFloor } from './state-floor.ts';
import { endEverything } from './tear-down.ts';

export interface Arena extends Battlefield {
  sluice: SluiceUnderTest;
  /** Ends everything. @returns what the oracles saw. */
  close(): Promise<{ violations: string[]; looks: number; floor: number }>;
}

/** One Sluice with one running counter, and two oracles that look at Flink all the time. */
export async function openArena(jar: string, flinkVersion = '2.3'): Promise<Arena> {
  const sluice = await SluiceUnderTest.create({
    SLUICE_POLL_MS: '1000',
    SLUICE_ATTEMPT_BACKOFF_MS: '1000',
  });
  try {
    await sluice.start();
    const truth = await FlinkTruth.of(sluice.dataDirectory);
    const counter = new CounterDeployment(sluice, truth, 'counter');
    const watch = new JobWatch(() => truth.live());
    await counter.create(await sluice.upload(jar), { flinkVersion });
    await counter.reaches('RUNNING');
    await counter.counted();
    const floor = new StateFloor(truth, counter.id);
    const close = async () => {
      const seen = [...(await watch.end()), ...(await floor.end())];
      await truth.close();
      const left = (await endEverything(sluice)).map((line) => `left behind: ${line}`);
      return { violations: [...seen, ...left], looks: watch.looks, floor: floor.floor };
    };
    const kill = (victim: Victim) =>
      victim === 'sluice' || victim === 'temporal'
        ? killController(sluice, victim)
        : killFlink(truth, counter.id, victim === 'flink' ? 'all' : victim);
    return { sluice, truth, counter, kill, close };
  } catch (error) {
    await endEverything(sluice);
    throw error;
  }
}
