/**
 * A whole Sluice process (API, workers, sweep, SQLite) as `sluice start` makes it, but over stand-in clusters: a few hundred
 * running jobs on one host. Started by `idle.ts`; says where it listens, and its figures whenever it is asked.
 */
import { createActivities } from '../../activities/index.ts';
import { openShared, type Shared } from '../../src/cli/compose.ts';
import { openApi } from '../../src/cli/compose-api.ts';
import { ensureDefaultTarget } from '../../src/cli/default-target.ts';
import { runUntilStopped } from '../../src/cli/scope.ts';
import { lostDeployments } from '../../src/cli/sweeps.ts';
import { loadConfig } from '../../src/config.ts';
import { createFileReader } from '../../src/flink/state/file-reader.ts';
import { createStateStorage } from '../../src/flink/state/storage.ts';
import { createLog } from '../../src/log.ts';
import { installRuntime } from '../../src/temporal/runtime.ts';
import { startSweeping } from '../../src/temporal/sweep.ts';
import { createWorkers, type Workers } from '../../src/temporal/worker.ts';
import { payloadConverterPath, workflowBundle } from '../../src/temporal/workflow-bundle.ts';
import { FakeWorld } from '../fakes/world.ts';

/** A checkpoint each 10 s, so that each look of the watcher finds one: the dearest kind of idle. */
const world = new FakeWorld({ maxClusters: 1_000, checkpointEveryMs: 10_000, countPerMs: 0.1 });
const config = loadConfig();
const log = createLog(config.logLevel);

await runUntilStopped(log, async (scope) => {
  const shared = await openShared({ config, log, scope }, config.temporal.address ?? '');
  await ensureDefaultTarget(shared.store, Date.now());
  const workers = await openWorkers(shared);
  const { url } = await openApi(shared, () => workers.isRunning());
  process.on('message', () => process.send?.(figures()));
  scope.defer('the parent', () => process.disconnect());
  process.send?.({ url });
});

async function openWorkers({ store, temporalSettings, lost, scope }: Shared): Promise<Workers> {
  installRuntime(log);
  const { watchJob, ...activities } = createActivities({
    store,
    targets: { local: world.target },
    flink: world.flink,
    storage: createStateStorage([createFileReader({ answerWithinMs: 15_000 })]),
    artifacts: world.artifacts,
    warmUpJar: world.artifacts.warmUpJar,
    now: Date.now,
  });
  // From the cache, as in the product: a bundler in this process would be most of the memory that is measured.
  const codePath = await workflowBundle({ cacheDirectory: config.cacheDirectory, log });
  const workers = await createWorkers({
    temporal: temporalSettings,
    workflows: { codePath },
    payloadConverterPath,
    activities,
    watchActivities: { watchJob },
  });
  const run = workers.run().catch(scope.fail);
  scope.defer('worker', async () => {
    workers.shutdown();
    await run;
    world.close();
  });
  const sweeping = startSweeping({ sweeps: [lostDeployments(lost)], log });
  scope.defer('sweep', () => sweeping.stop());
  return workers;
}

/** External writes since the last call. The trace is cut here, or it would be most of the memory that is measured. */
function figures(): { rssBytes: number; writes: number; cpuMs: number } {
  const writes = world.trace.writes().length;
  world.trace.entries.length = 0;
  globalThis.gc?.();
  const { user, system } = process.cpuUsage();
  return { rssBytes: process.memoryUsage().rss, writes, cpuMs: (user + system) / 1_000 };
}
