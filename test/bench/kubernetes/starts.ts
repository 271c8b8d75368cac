import { findSampleJobs } from '../../../src/setup/runtimes.ts';
import { runCounter, untilReady } from '../plain-flink.ts';
import type { Sheet } from '../sheet.ts';
import type { Teardown } from '../teardown.ts';
import { cancel, type Ground, openGround, startPods } from './ground.ts';
import { runningSince, toldToBe } from './moments.ts';
import type { PlainPlace } from './plain-pods.ts';

/** From nothing to a job that runs, and until the status says so. Nothing else runs meanwhile; the two take turns. */
export async function measureStarts(sheet: Sheet, teardown: Teardown, pairs: number) {
  sheet.section('1. Starts: from nothing to all tasks RUNNING, by Flink');
  const ground = await openGround(teardown);
  const [tasks, told, late]: [number[], number[], number[]] = [[], [], []];
  const plain: number[] = [];
  for (let pair = 0; pair < pairs; pair += 1) {
    const { counter, ...ours } = await startBySluice(ground, `start-${pair}`);
    tasks.push(ours.running - ours.asked);
    told.push(ours.told - ours.asked);
    late.push(ours.told - ours.running);
    const place = await ground.placeLike(counter);
    await cancel(counter);
    plain.push(await startPlainly(place, teardown));
  }
  sheet.add('POST to all tasks RUNNING, Sluice', 'ms', tasks);
  sheet.add('kubectl apply to all tasks RUNNING, plain script', 'ms', plain);
  sheet.ratio('start: Sluice / plain script', tasks, plain);
  sheet.add('POST to RUNNING in the status', 'ms', told);
  sheet.add('RUNNING in the status after all tasks are', 'ms', late);
  await teardown.run();
}

/** Moments in epoch ms. */
async function startBySluice(ground: Ground, name: string) {
  const asked = Date.now();
  const counter = await ground.counter(name);
  const told = await toldToBe(counter, 'RUNNING');
  const running = await ground.runningSince(await counter.jobId());
  return { counter, asked, running, told };
}

/** @returns how long it took, ms. */
async function startPlainly(place: PlainPlace, teardown: Teardown): Promise<number> {
  const asked = Date.now();
  const pods = await startPods(place, teardown);
  await untilReady(pods);
  const jar = await pods.rest.upload(findSampleJobs().counter);
  const jobId = await runCounter(pods, { jar, parallelism: place.job.parallelism });
  const running = await runningSince(pods.rest, jobId);
  await pods.end();
  return running - asked;
}
