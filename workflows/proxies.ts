import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/contract.ts';
import type { TransitionSettings } from '../src/core/settings.ts';
import { taskQueues } from './messages.ts';

type Outage = Pick<TransitionSettings, 'outageMs'>;

const retry = { initialInterval: '200ms', backoffCoefficient: 2, maximumInterval: '10s' } as const;

/**
 * Store and target calls that end soon; retried for as long as a dependency may be away, never counted (temporal.md 3).
 * @param outageMs the setting.
 */
export const quick = ({ outageMs }: Outage) =>
  proxyActivities<Activities>({
    startToCloseTimeout: Math.min(outageMs, 60_000),
    heartbeatTimeout: '10s',
    scheduleToCloseTimeout: outageMs,
    retry,
  });

/** The store is the memory of everything: a write of it is never given up. */
export const store = proxyActivities<Pick<Activities, 'publish' | 'removeRecords'>>({
  startToCloseTimeout: '15s',
  retry: { initialInterval: '50ms', backoffCoefficient: 2, maximumInterval: '5s' },
});

/**
 * What may wait long: heartbeats, so that a dead worker is noticed and the next one goes on (temporal.md 7).
 * @param outageMs the setting.
 * @param limitMs the call's own deadline, whose clock stands still during an outage.
 */
export const patient = ({ outageMs }: Outage, limitMs = 0) =>
  proxyActivities<Activities>({
    heartbeatTimeout: '10s',
    scheduleToCloseTimeout: outageMs + limitMs,
    retry,
  });

/**
 * A forced removal: as long as the setting says, then what is left is named.
 * @param ms the setting `forceCancelMs`.
 */
export const hurried = (ms: number): Pick<Activities, 'closeCluster'> =>
  proxyActivities<Activities>({
    startToCloseTimeout: ms,
    heartbeatTimeout: '10s',
    scheduleToCloseTimeout: ms,
    retry,
  });

/**
 * Mends a cluster, once within so long, also while its target is away (F33).
 * @param ms the setting `repairIntervalMs`.
 */
export const sparing = (ms: number, { outageMs }: Outage): Pick<Activities, 'repairCluster'> =>
  proxyActivities<Activities>({
    startToCloseTimeout: Math.min(outageMs, 60_000),
    heartbeatTimeout: '10s',
    scheduleToCloseTimeout: outageMs,
    retry: { initialInterval: ms, backoffCoefficient: 1, maximumInterval: ms },
  });

/** One observer per running job, on its own queue: costs no history while nothing changes (temporal.md 8). */
export const { watchJob } = proxyActivities<Pick<Activities, 'watchJob'>>({
  taskQueue: taskQueues.watch,
  startToCloseTimeout: '24h',
  heartbeatTimeout: '20s',
  cancellationType: 'TRY_CANCEL',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '30s' },
});
