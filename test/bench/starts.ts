import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { findSampleJobs } from '../../src/setup/runtimes.ts';
import { CounterDeployment } from '../e2e/support/counter-deployment.ts';
import { FlinkTruth } from '../e2e/support/flink-truth.ts';
import type { SluiceUnderTest } from '../e2e/support/sluice-under-test.ts';
import { until } from '../e2e/support/until.ts';
import { PlainCluster, renderedJob } from './plain-cluster.ts';
import { plainDirectory } from './plain-directory.ts';
import { runCounter, untilReady } from './plain-flink.ts';
import type { Sheet } from './sheet.ts';
import { startSluice, timed } from './subject.ts';
import type { Teardown } from './teardown.ts';

/** As often as the plain script looks (`FlinkRest`) and as Sluice itself does by default. */
const lookMs = 100;

/** From a POST to a job that runs on real Flink, beside a plain script that does the same; in turns. */
export async function measureStarts(sheet: Sheet, teardown: Teardown, rounds: number) {
  sheet.section('2, 3. Starts: a job on real Flink, from nothing to all tasks RUNNING');
  const sluice = await startSluice(teardown);
  const truth = await FlinkTruth.of(sluice.dataDirectory);
  teardown.defer(() => truth.close());
  const directory = await plainDirectory(teardown);
  const { counter: jar } = findSampleJobs();
  const jarUri = await sluice.upload(jar);
  const [replied, spawned, running, plain]: [number[], number[], number[], number[]] = [
    [],
    [],
    [],
    [],
  ];
  for (let round = 0; round < rounds; round += 1) {
    const counter = new CounterDeployment(sluice, truth, `start-${round}`);
    const ours = await startBySluice(sluice, counter, jarUri);
    replied.push(ours.replied);
    spawned.push(ours.spawned);
    running.push(ours.running);
    const [job] = await counter.jobs();
    await counter.patch({ state: 'CANCELLED' });
    await counter.reaches('CANCELLED');
    const theirs = await timed(() =>
      startPlainly(teardown, directory, jar, renderedJob.parse(job.spec)),
    );
    plain.push(theirs.ms);
    await theirs.outcome.end();
  }
  sheet.add('POST answered', 'ms', replied);
  sheet.add('POST to the first process (the JobManager has a process id)', 'ms', spawned);
  sheet.add('POST to RUNNING, Sluice', 'ms', running);
  sheet.add('start to RUNNING, plain script', 'ms', plain);
  sheet.ratio('RUNNING, Sluice / plain script', running, plain);
  await teardown.run();
}

async function startBySluice(sluice: SluiceUnderTest, counter: CounterDeployment, jarUri: string) {
  const began = performance.now();
  const since = () => performance.now() - began;
  const firstProcess = untilProcess(join(sluice.dataDirectory, 'clusters')).then(since);
  await counter.create(jarUri);
  const replied = since();
  const spawned = await firstProcess;
  await until(
    'RUNNING',
    async () => (await counter.get()).status,
    ({ state }) => state === 'RUNNING' || state === 'FAILED',
    { everyMs: lookMs },
  );
  const running = since();
  await counter.reaches('RUNNING');
  return { replied, spawned, running };
}

/** Until some cluster of this installation has a JobManager; there is none before. Looks at one folder, which costs little. */
async function untilProcess(clusters: string): Promise<void> {
  for (;;) {
    const names = await readdir(clusters).catch(() => []);
    const [id] = names.filter((name) => !name.startsWith('.'));
    const record = id && join(clusters, id, 'jobmanager', 'process.json');
    if (record && (await stat(record).catch(() => undefined))) return;
    await pause(5);
  }
}

async function startPlainly(
  teardown: Teardown,
  directory: string,
  jar: string,
  job: Parameters<typeof PlainCluster.start>[1],
): Promise<PlainCluster> {
  const cluster = await PlainCluster.start(directory, job);
  teardown.defer(() => cluster.end());
  await untilReady(cluster);
  const uploaded = await cluster.rest.upload(jar);
  await runCounter(cluster, { jar: uploaded, parallelism: job.parallelism });
  return cluster;
}
