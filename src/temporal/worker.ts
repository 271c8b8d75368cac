import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import { taskQueues } from '../../workflows/messages.ts';
import { connectionSettings, type TemporalSettings } from './connection.ts';

export interface WorkersOptions {
  temporal: TemporalSettings;
  /** Sources, bundled at start, or a bundle made by the same version of the SDK. */
  workflows: { workflowsPath: string } | { codePath: string } | { code: string };
  /** Loadable by `require`; yields a marker for a payload it cannot read, so that garbage fails no task. */
  payloadConverterPath?: string;
  /** For the main task queue. */
  activities: object;
  /** For the queue of the watchers, so that they never starve transitions (temporal.md 8). */
  watchActivities: object;
  /** How long a killed worker stalls the workflows it had cached, ms. Default 2 s. */
  stickyTimeoutMs?: number;
  /** Tests: 0 replays every task. */
  maxCachedWorkflows?: number;
  /** Of the whole main task queue: guards clusters against stampedes. Default 50. */
  activitiesPerSecond?: number;
  /** Tests: how long a heartbeat, and with it the news of a cancellation, may be held back, ms. */
  heartbeatThrottleMs?: number;
}

export interface Workers {
  /** Until {@link shutdown} is through. @throws what ended a worker otherwise; the other one is shut down then. */
  run(): Promise<void>;
  /** Lets running activities end in 20 s (temporal.md 2, trap 13). May be called more than once. */
  shutdown(): void;
  isRunning(): boolean;
}

/** The two workers of a process (temporal.md 10). @throws when Temporal cannot be reached, or does not know the namespace. */
export async function createWorkers(options: WorkersOptions): Promise<Workers> {
  const connection = await NativeConnection.connect(connectionSettings(options.temporal));
  const made: Worker[] = [];
  try {
    for (const one of [mainWorker(options, connection), watchWorker(options, connection)])
      made.push(await Worker.create(one));
    return together(made, connection);
  } catch (error) {
    // One that never ran cannot be shut down, nor its connection be closed.
    await Promise.all(made.map((worker) => worker.runUntil(Promise.resolve())));
    await connection.close();
    throw error;
  }
}

function mainWorker(options: WorkersOptions, connection: NativeConnection): WorkerOptions {
  const { workflows, payloadConverterPath, maxCachedWorkflows, heartbeatThrottleMs } = options;
  return {
    ...common(options, connection),
    taskQueue: taskQueues.main,
    ...('workflowsPath' in workflows ? workflows : { workflowBundle: workflows }),
    activities: options.activities,
    stickyQueueScheduleToStartTimeout: options.stickyTimeoutMs ?? 2_000,
    shutdownGraceTime: '20s',
    workflowTaskPollerBehavior: { type: 'autoscaling' },
    activityTaskPollerBehavior: { type: 'autoscaling' },
    maxTaskQueueActivitiesPerSecond: options.activitiesPerSecond ?? 50,
    ...(payloadConverterPath === undefined ? {} : { dataConverter: { payloadConverterPath } }),
    ...(maxCachedWorkflows === undefined ? {} : { maxCachedWorkflows }),
    ...(heartbeatThrottleMs === undefined
      ? {}
      : { maxHeartbeatThrottleInterval: heartbeatThrottleMs }),
  };
}

/** A watcher only reads: it may be cut short at once. */
const watchWorker = (options: WorkersOptions, connection: NativeConnection): WorkerOptions => ({
  ...common(options, connection),
  taskQueue: taskQueues.watch,
  activities: options.watchActivities,
  maxConcurrentActivityTaskExecutions: 4_000,
  shutdownGraceTime: 0,
});

const common = (options: WorkersOptions, connection: NativeConnection) => ({
  connection,
  namespace: options.temporal.namespace,
  shutdownForceTime: '50s',
});

function together(workers: Worker[], connection: NativeConnection): Workers {
  const shutdown = (): void => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  return {
    shutdown,
    isRunning: () => workers.every((worker) => worker.getState() === 'RUNNING'),
    run: async () => {
      const runs = workers.map((worker) => worker.run().finally(shutdown));
      const ends = await Promise.allSettled(runs);
      await connection.close();
      const failed = ends.find((end) => end.status === 'rejected');
      if (failed) throw failed.reason;
    },
  };
}
