import { setTimeout as delay } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import {
  conditionsOf,
  type HealthLook,
  type HealthMemory,
  readMemory,
  withLook,
} from '../src/core/conditions.ts';
import type { WatchReport } from '../src/core/deployment/steps.ts';
import { HeldElsewhere, Refused, Unreachable } from '../src/core/errors/index.ts';
import type { JobObservationRecord } from '../src/core/records.ts';
import { staleAfterMs, toldConditions } from '../src/core/told-conditions.ts';
import type { FlinkEndpoint } from '../src/flink/client.ts';
import { locate, missingTaskManagers, shortOf, withoutLog } from './clusters.ts';
import type { Activities, WatchJob } from './contract.ts';
import type { ActivityDeps } from './deps.ts';
import { endOf, gone } from './job-end.ts';
import { fateOfOpen } from './left-savepoints.ts';
import { createTroubleTeller } from './tell-trouble.ts';

/**
 * Rows are written when something changed, and besides every so many looks, so that `seenAt` tells how old the news is:
 * the API takes a row of twelve looks ago for blindness.
 */
const rewriteLooks = 5;

/** Also during a look that is slow to fail; the SDK delivers one of them per 16 s (temporal.md trap 14). */
const heartbeatMs = 5_000;

/**
 * Observes one running job at any rate without costing history (design.md 2): writes what it sees to its own table, and
 * returns only when the Deployment must act. Level, not edge: the first look of each attempt is the state as it is.
 */
export const createWatchJob = (deps: ActivityDeps): Pick<Activities, 'watchJob'> => ({
  watchJob: async (input) => {
    const context = Context.current();
    const signal = context.cancellationSignal;
    const stored = await deps.store.observations.get(input.job.cluster.jobId);
    const beat = setInterval(() => context.heartbeat(), heartbeatMs);
    const watch: Watch = {
      memory: memoryOf(stored),
      missing: 0,
      tellTrouble: createTroubleTeller(deps, input.job.cluster),
      tellNotKnown: createTroubleTeller(deps, input.job.cluster),
      ...(stored ? { stored } : {}),
    };
    try {
      for (;;) {
        const report = await look(deps, input, watch, signal);
        if (report) return report;
        await delay(input.settings.pollMs, undefined, { signal });
      }
    } finally {
      clearInterval(beat);
    }
  },
});

interface Watch {
  memory: HealthMemory;
  stored?: JobObservationRecord;
  /** Looks in a row that missed a TaskManager: one alone may be a start under way. */
  missing: number;
  /** Hears what the cluster falls short of. */
  tellTrouble: ReturnType<typeof createTroubleTeller>;
  /** Hears of a Flink that answers and does not know the job. */
  tellNotKnown: ReturnType<typeof createTroubleTeller>;
}

/** A JobManager says so of a job that it never had, and of one whose end it has forgotten: no evidence (S25). */
const jobNotKnown =
  'Flink answers, and does not know the job. That proves no end: if it should run, end the JobManager, which has it recovered';

/** A watch ends with every step of the Deployment: how long trouble lasts, and what was restarted when, goes on. */
const memoryOf = (stored: JobObservationRecord | undefined): HealthMemory => {
  const restarts = stored ? [{ at: stored.seenAt, count: stored.restarts }] : [];
  return readMemory(stored?.memory) ?? { restarts };
};

async function look(
  deps: ActivityDeps,
  input: WatchJob,
  watch: Watch,
  signal: AbortSignal,
): Promise<WatchReport | undefined> {
  try {
    const at = await locate(deps, input.job.cluster, signal);
    if (at.kind === 'gone') return { kind: 'ended', end: gone(deps, at.why) };
    const missing = missingTaskManagers(at.seen);
    watch.missing = missing ? watch.missing + 1 : 0;
    if (missing && watch.missing >= 2) return { kind: 'degraded', why: withoutLog(missing) };
    const why = shortOf(at.seen) ?? at.seen.beside;
    // Before Flink is asked: where it lacks TaskManagers it may not answer.
    await watch.tellTrouble(why);
    const state = await at.endpoint.jobState(input.job.flinkJobId, signal);
    await watch.tellNotKnown(state ? undefined : jobNotKnown);
    const end = state && (await endOf(deps, at.endpoint, input.job, state, signal));
    if (end) return { kind: 'ended', end };
    if (await someIsDecided(deps, input, signal)) return { kind: 'savepoint-decided' };
    const seen = await details(at.endpoint, input, state, signal);
    await note(deps, input, watch, why ? { ...seen, why } : seen);
  } catch (error) {
    // Blindness alone never ends anything, however long (F34); a removed target is blindness too.
    const blind =
      error instanceof Unreachable ||
      (error instanceof Refused && error.code === 'TARGET_NOT_FOUND');
    if (!blind || signal.aborted) throw error;
    await note(deps, input, watch, { flinkJobState: 'UNKNOWN', why: error.message });
    if (error instanceof HeldElsewhere) throw error;
  }
  return undefined;
}

/** A stop that succeeds is seen by the job's end. */
async function someIsDecided(
  deps: ActivityDeps,
  { job, openSavepoints = [] }: WatchJob,
  signal: AbortSignal,
): Promise<boolean> {
  for (const { id, jobId, stop } of openSavepoints) {
    if (jobId !== job.cluster.jobId) continue;
    const { kind } = await fateOfOpen(deps, job, id, signal);
    if (kind === 'impossible' || (kind === 'completed' && !stop)) return true;
  }
  return false;
}

type Seen = Pick<JobObservationRecord, 'flinkJobState' | 'checkpoint'> & {
  restarts?: number;
  jobNotKnown?: true;
  /** Why nothing is known, or what the cluster falls short of. */
  why?: string;
};

async function details(
  endpoint: FlinkEndpoint,
  { job }: WatchJob,
  state: JobObservationRecord['flinkJobState'] | undefined,
  signal: AbortSignal,
): Promise<Seen> {
  const { numRestarts } = await endpoint.metrics(job.flinkJobId, ['numRestarts'], signal);
  const newest = (await endpoint.checkpoints(job.flinkJobId, signal))?.newest;
  const restarts = Number(numRestarts);
  return {
    ...(state ? { flinkJobState: state } : { flinkJobState: 'UNKNOWN', jobNotKnown: true }),
    ...(Number.isFinite(restarts) ? { restarts } : {}),
    ...(newest ? { checkpoint: newest } : {}),
  };
}

async function note(deps: ActivityDeps, input: WatchJob, watch: Watch, seen: Seen): Promise<void> {
  const { stored } = watch;
  const at = deps.now();
  const restarts = Math.max(seen.restarts ?? 0, stored?.restarts ?? 0);
  const { flinkJobState, jobNotKnown: lost, why } = seen;
  const health: HealthLook = {
    at,
    flinkJobState,
    restarts,
    ...(lost ? { jobNotKnown: lost } : {}),
    ...(why ? { why } : {}),
  };
  watch.memory = withLook(watch.memory, health, input.settings.conditions);
  const staleMs = staleAfterMs(input.settings.pollMs);
  const { runningSince } = input;
  const told = toldConditions({ observation: stored, runningSince, now: at, staleMs });
  const checkpoint = seen.checkpoint ?? stored?.checkpoint;
  const record: JobObservationRecord = {
    jobId: input.job.cluster.jobId,
    deploymentId: input.job.cluster.deploymentId,
    flinkJobState: seen.flinkJobState,
    restarts,
    seenAt: at,
    conditions: conditionsOf(watch.memory, health, input.settings.conditions, told),
    memory: { ...watch.memory },
    ...(checkpoint ? { checkpoint } : {}),
  };
  const isFresh = stored && at - stored.seenAt < rewriteLooks * input.settings.pollMs;
  if (isFresh && sameNews(stored, record)) return;
  await deps.store.observations.put(record);
  watch.stored = record;
}

const sameNews = (a: JobObservationRecord, b: JobObservationRecord): boolean =>
  JSON.stringify({ ...a, seenAt: 0 }) === JSON.stringify({ ...b, seenAt: 0 });
