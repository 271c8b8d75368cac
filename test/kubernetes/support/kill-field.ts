import { killController } from '../../e2e/support/kill-controller.ts';
import type { Victim } from '../../e2e/support/kill-round.ts';
import type { CampaignField } from '../../e2e/support/run-campaign.ts';
import { openArena } from './arena.ts';
import { killPods } from './kill-pods.ts';

/** One Sluice beside the cluster with one running counter in it, both to be killed at will. */
export async function openKillField(): Promise<CampaignField> {
  const arena = await openArena('sluice-kills');
  const { kube, sluice, truth } = arena;
  const counter = await arena.counter('counter');
  await counter.reaches('RUNNING');
  await counter.counted();
  const floor = arena.watchState(counter);
  const kill = (victim: Victim) =>
    victim === 'sluice' || victim === 'temporal'
      ? killController(sluice, victim)
      : killPods(kube, counter.id, victim === 'flink' ? undefined : victim);
  const close = async () => {
    await counter.patch({ state: 'CANCELLED' });
    await counter.reaches('CANCELLED');
    const violations = await arena.close();
    return { violations, looks: arena.looks(), floor: floor.floor };
  };
  return { sluice, truth, counter, kill, close };
}
