import type { CounterDeployment } from '../../e2e/support/counter-deployment.ts';
import type { Sheet } from '../sheet.ts';
import { timed } from '../subject.ts';
import type { Teardown } from '../teardown.ts';
import { openBoth, openGround } from './ground.ts';
import { runningSince, toldToBe } from './moments.ts';

/** From a running job to a savepoint with nothing else left of it, and back. */
export async function measureSuspends(sheet: Sheet, teardown: Teardown, pairs: number) {
  sheet.section('3. Suspend and resume');
  const ground = await openGround(teardown);
  const { counter, script } = await openBoth(ground, teardown);
  const ours = { suspend: [] as number[], resume: [] as number[], late: [] as number[] };
  const plain = { suspend: [] as number[], resume: [] as number[] };
  for (let pair = 0; pair < pairs; pair += 1) {
    await counter.counted();
    const wished = Date.now();
    ours.suspend.push((await bring(counter, 'SUSPENDED')) - wished);
    const stopped = await timed(() => script.suspend());
    plain.suspend.push(stopped.ms);

    const asked = Date.now();
    const told = await bring(counter, 'RUNNING');
    const running = await ground.runningSince(await counter.jobId());
    ours.resume.push(running - asked);
    ours.late.push(told - running);
    const began = Date.now();
    const { cluster, jobId } = await script.resume(stopped.outcome);
    plain.resume.push((await runningSince(cluster.rest, jobId)) - began);
  }
  sheet.add('PATCH to SUSPENDED in the status, nothing left of it', 'ms', ours.suspend);
  sheet.add('stop with a savepoint and kubectl delete, plain script', 'ms', plain.suspend);
  sheet.ratio('suspend: Sluice / plain script', ours.suspend, plain.suspend);
  sheet.add('PATCH to all tasks RUNNING, Sluice', 'ms', ours.resume);
  sheet.add('kubectl apply to all tasks RUNNING, plain script', 'ms', plain.resume);
  sheet.ratio('resume: Sluice / plain script', ours.resume, plain.resume);
  sheet.add('RUNNING in the status after all tasks are', 'ms', ours.late);
  await teardown.run();
}

/** @returns when the status said so, epoch ms. */
async function bring(counter: CounterDeployment, state: 'SUSPENDED' | 'RUNNING'): Promise<number> {
  await counter.patch({ state });
  return await toldToBe(counter, state);
}
