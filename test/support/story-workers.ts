import { DefaultLogger, Runtime } from '@temporalio/worker';
import { pino } from 'pino';
import { type Activities, createActivities } from '../../activities/index.ts';
import { loadConfig } from '../../src/config.ts';
import { createFileReader } from '../../src/flink/state/file-reader.ts';
import { createStateStorage } from '../../src/flink/state/storage.ts';
import type { Store } from '../../src/store/store.ts';
import type { ClusterTarget } from '../../src/targets/target.ts';
import { createWorkers, type Workers } from '../../src/temporal/worker.ts';
import { payloadConverterPath, workflowBundle } from '../../src/temporal/workflow-bundle.ts';
import type { FakeWorld } from '../fakes/world.ts';
import type { StoryTemporal } from './story-temporal.ts';

/** The suite runs a second time with 0: every task replays, so that ordering bugs fail at once (temporal.md 13). */
export const replaysEveryTask = process.env.SLUICE_TEST_WORKFLOW_CACHE === '0';

const logger = new DefaultLogger('ERROR');
/** Once per process: a failing test is not to be looked for between the SDK's own lines. */
Runtime.install({
  shutdownSignals: [],
  logger,
  telemetryOptions: { logging: { forward: {}, filter: { core: 'ERROR', other: 'ERROR' } } },
});

let bundle: Promise<string> | undefined;

/** The workflows as the product bundles them, from its cache: one process of the run makes them for all. */
export async function storyWorkflows(): Promise<{ codePath: string }> {
  bundle ??= workflowBundle({
    cacheDirectory: loadConfig().cacheDirectory,
    log: pino({ level: 'silent' }),
  });
  return { codePath: await bundle };
}

/** What a story does to the product's activities. */
export interface ActivityChanges {
  /** The target as their host sees it. */
  target: ClusterTarget;
  /** The clock of the host they run on, epoch ms. */
  now: () => number;
  /** Delivers them another way (at least once, late, in parallel). */
  delivered: (activities: Activities) => Activities;
}

/** The product's own workers, with the product's own activities, over the fake world. */
export async function workersOver(
  world: FakeWorld,
  store: Store,
  temporal: StoryTemporal,
  { target, now, delivered }: ActivityChanges,
): Promise<Workers> {
  const { watchJob, ...activities } = delivered(
    createActivities({
      store,
      targets: { local: target },
      flink: world.flink,
      storage: createStateStorage([createFileReader({ answerWithinMs: 15_000 })]),
      artifacts: world.artifacts,
      warmUpJar: world.artifacts.warmUpJar,
      now,
    }),
  );
  return createWorkers({
    temporal,
    workflows: await storyWorkflows(),
    payloadConverterPath,
    activities,
    watchActivities: { watchJob },
    stickyTimeoutMs: 1_000,
    activitiesPerSecond: 1_000,
    heartbeatThrottleMs: 200,
    ...(replaysEveryTask ? { maxCachedWorkflows: 0 } : {}),
  });
}
