/**
 * `npm run demo`: a stateful Flink job goes through its whole life on real Flink, and every claim is checked against what
 * Flink itself says. Exits 0 only if all hold; leaves no process behind, unless `--keep` is given.
 */
import { readdir } from 'node:fs/promises';
import { findSampleJobs } from '../../src/setup/runtimes.ts';
import { CounterDeployment } from './support/counter-deployment.ts';
import { FlinkTruth } from './support/flink-truth.ts';
import { JobWatch } from './support/job-watch.ts';
import { killFlink } from './support/kill-flink.ts';
import { SluiceUnderTest } from './support/sluice-under-test.ts';
import { endEverything } from './support/tear-down.ts';
import { until } from './support/until.ts';

const keep = process.argv.includes('--keep');
const began = Date.now();
const say = (text: string) => {
  const at = ((Date.now() - began) / 1_000).toFixed(1).padStart(6);
  process.stdout.write(`${at} s  ${text}\n`);
};
let claims = 0;
/** A claim that was checked; a false one ends the demo. */
function claim(text: string, holds: boolean, seen?: unknown): void {
  if (!holds) throw new Error(`NOT TRUE: ${text} (seen: ${JSON.stringify(seen)})`);
  claims += 1;
  say(`   ✓ ${text}`);
}

const sluice = await SluiceUnderTest.create({ SLUICE_POLL_MS: '1000' });
let watch: JobWatch | undefined;
let truth: FlinkTruth | undefined;
try {
  await run();
  say(`done: ${claims} claims checked, all true.`);
} catch (error) {
  process.exitCode = 1;
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.stderr.write(`--- the end of Sluice's log ---\n${sluice.log.slice(-3_000)}\n`);
} finally {
  await watch?.end();
  await truth?.close();
  if (keep) {
    say(`kept running: API ${sluice.url}, process ${sluice.pid}, data in ${sluice.dataDirectory}`);
    process.exit();
  }
  const left = await endEverything(sluice);
  if (left.length > 0) {
    process.exitCode = 1;
    process.stderr.write(`left behind: ${left.join(', ')}\n`);
  }
}

async function run(): Promise<void> {
  say('starting Sluice: API, worker, Temporal, store, all embedded');
  await sluice.start();
  const flink = await FlinkTruth.of(sluice.dataDirectory);
  truth = flink;
  watch = new JobWatch(() => flink.live());
  const counter = new CounterDeployment(sluice, truth, 'counter');

  say('1. create: a keyed counter, checkpointing every second');
  const jarUri = await sluice.upload(findSampleJobs().counter);
  const made = await counter.create(jarUri);
  claim('the reply already says TRANSITIONING', made.status.state === 'TRANSITIONING', made.status);
  await counter.reaches('RUNNING');
  const first = await counter.counted(200);
  claim(
    `the job runs and counts: ${first.count}, nothing skipped or counted twice`,
    first.gap === 0,
    first,
  );

  say('2. stateful upgrade: parallelism 1 → 2');
  const before = await counter.counted();
  await counter.patch({ template: { spec: { parallelism: 2 } } });
  await counter.reaches('RUNNING');
  const upgraded = await counter.counted();
  claim(
    `the count went on from ${upgraded.restored}, not behind ${before.count}`,
    upgraded.restored >= before.count,
    { before, upgraded },
  );
  claim('nothing skipped, nothing counted twice', upgraded.gap === 0, upgraded);
  say(
    `   the gap: ${upgraded.firstAt - upgraded.restoredLastAt} ms between the old job's last number and the new job's first`,
  );

  say('3. suspend, then resume');
  const running = await counter.counted();
  await counter.patch({ state: 'SUSPENDED' });
  await counter.reaches('SUSPENDED');
  claim(
    'nothing of it runs any more',
    (await truth.clusters()).length === 0,
    await truth.clusters(),
  );
  await counter.patch({ state: 'RUNNING' });
  await counter.reaches('RUNNING');
  const resumed = await counter.counted();
  claim(
    `resumed at ${resumed.restored}, not behind ${running.count}`,
    resumed.restored >= running.count && resumed.gap === 0,
    { running, resumed },
  );

  say('4. kill -9 the JobManager and the TaskManager');
  const lost = await counter.jobId();
  const checkpoint = await until(
    'a checkpoint',
    () => truth?.checkpointId(lost) ?? Promise.resolve(undefined),
    (id) => (id ?? 0) > 0,
  );
  await killFlink(truth, counter.id);
  await until(
    'another Job runs',
    async () => (await counter.get()).status,
    (status) => status.state === 'RUNNING' && status.running.jobId !== lost,
  );
  const recovered = await counter.counted();
  claim(
    `recovered by itself from checkpoint ${checkpoint} or a later one, at ${recovered.restored}`,
    recovered.restored > resumed.restored && recovered.gap === 0,
    { resumed, recovered },
  );

  say('5. kill -9 Sluice itself in the middle of an upgrade');
  const untouched = await counter.counted();
  await counter.patch({ template: { spec: { parallelism: 1 } } });
  await until(
    'the upgrade is under way',
    () => counter.eventNames(),
    (names) => names.at(-1) === 'AWAITING_FOR_A_CLUSTER_TO_SPIN_UP',
    { everyMs: 50 },
  );
  await sluice.kill();
  claim(
    'the job runs on without Sluice',
    (await truth.running(counter.id)).some(({ live }) => live.length === 1),
  );
  say('   starting Sluice again');
  await sluice.start();
  await counter.reaches('RUNNING');
  const continued = await counter.counted();
  const { spec } = (await counter.jobs()).at(-1);
  claim('the upgrade was seen through', spec.parallelism === 1, spec.parallelism);
  claim(
    `at ${continued.restored}, not behind ${untouched.count}`,
    continued.restored >= untouched.count && continued.gap === 0,
    { untouched, continued },
  );

  say('6. cancel, and delete');
  await counter.patch({ state: 'CANCELLED' });
  await counter.reaches('CANCELLED');
  claim(
    'nothing of it runs any more',
    (await truth.clusters()).length === 0,
    await truth.clusters(),
  );
  const folders = await readdir(`${sluice.dataDirectory}/clusters`);
  claim('no folder of a cluster is left', folders.length === 0, folders);
  if (!keep) await counter.remove();
  const violations = (await watch?.end()) ?? [];
  claim(
    `never two jobs at once, in ${watch?.looks} looks at Flink`,
    violations.length === 0,
    violations,
  );
}
