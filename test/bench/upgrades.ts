import { findSampleJobs } from '../../src/setup/runtimes.ts';
import { CounterDeployment } from '../e2e/support/counter-deployment.ts';
import { FlinkTruth } from '../e2e/support/flink-truth.ts';
import { PlainCluster, renderedJob } from './plain-cluster.ts';
import { plainDirectory } from './plain-directory.ts';
import { PlainUpgrades } from './plain-upgrades.ts';
import type { Sheet } from './sheet.ts';
import { type Gap, lengthOf, SluiceUpgrades } from './sluice-upgrades.ts';
import { startSluice } from './subject.ts';
import type { Teardown } from './teardown.ts';
import { describeChildren, timelineOf, UpgradeHistories } from './upgrade-histories.ts';

/**
 * How long nothing is counted during a stateful upgrade, by the jobs' own clocks, and what an upgrade leaves in Temporal.
 * The four ways take turns; a job of Sluice's and one of the script's run all the time, so each disturbs the other alike.
 */
export async function measureUpgrades(
  sheet: Sheet,
  teardown: Teardown,
  rounds: number,
  showTimeline: boolean,
) {
  sheet.section(
    '4. Stateful upgrades: from the last number of the old job to the first of the new',
  );
  const { sluice, script, histories } = await openBoth(teardown);
  const gaps = { warm: [] as number[], cold: [] as number[] };
  const plain = { warm: [] as number[], cold: [] as number[] };
  let last: Gap | undefined;
  for (let round = 0; round < rounds; round += 1) {
    await histories.begin();
    last = await sluice.upgrade({ startBeforeStop: true });
    gaps.warm.push(lengthOf(last));
    await histories.end();
    plain.warm.push(await script.warm());
    gaps.cold.push(lengthOf(await sluice.upgrade({ startBeforeStop: false })));
    plain.cold.push(await script.cold());
  }
  sheet.add('gap by Sluice, start before stop', 'ms', gaps.warm);
  sheet.add('gap by a plain script, warm standby and warm-up job', 'ms', plain.warm);
  sheet.add('gap by Sluice, startBeforeStop: false', 'ms', gaps.cold);
  sheet.add('gap by a plain script, stop then start', 'ms', plain.cold);
  sheet.ratio('start before stop: Sluice / plain script', gaps.warm, plain.warm);
  sheet.ratio('stop then start: Sluice / plain script', gaps.cold, plain.cold);

  sheet.section('6. Temporal history of a stateful upgrade, start before stop');
  const upgrades = histories.upgrades;
  const parents = upgrades.map(({ parent }) => parent.length);
  const children = upgrades.map((one) =>
    one.children.reduce((sum, { events }) => sum + events.length, 0),
  );
  sheet.add('events of the Deployment itself', 'events', parents);
  sheet.add('events of its steps (child workflows)', 'events', children);
  const history = upgrades.at(-1);
  if (history) for (const text of describeChildren(history)) sheet.note(text);
  if (history && last && showTimeline)
    process.stdout.write(`${timelineOf(history, last).join('\n')}\n`);
  await teardown.run();
}

async function openBoth(teardown: Teardown) {
  const sluice = await startSluice(teardown);
  const truth = await FlinkTruth.of(sluice.dataDirectory);
  teardown.defer(() => truth.close());
  const directory = await plainDirectory(teardown);
  const { counter: jar } = findSampleJobs();
  const counter = new CounterDeployment(sluice, truth, 'upgraded');
  await counter.create(await sluice.upload(jar));
  await counter.reaches('RUNNING');
  const [job] = await counter.jobs();
  const rendered = renderedJob.parse(job.spec);
  const start = async () => {
    const cluster = await PlainCluster.start(directory, rendered);
    teardown.defer(() => cluster.end());
    return cluster;
  };
  const script = await PlainUpgrades.begin(start, jar, rendered.parallelism);
  const histories = await UpgradeHistories.of(await sluice.temporalAddress(), counter.id);
  teardown.defer(() => histories.close());
  return { sluice: new SluiceUpgrades(counter, truth), script, histories };
}
