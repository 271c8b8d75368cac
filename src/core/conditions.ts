import { z } from 'zod';
import type { ConditionRecord } from './records.ts';
import type { TransitionSettings } from './settings.ts';
import type { ObservedFlinkJobState } from './vocabulary.ts';

/** What one look at a running job says of its health. Times in epoch ms. */
export interface HealthLook {
  at: number;
  flinkJobState: ObservedFlinkJobState;
  /** Restarts since the job began, a lower bound. */
  restarts: number;
  /** Flink answered as this cluster, and does not know the job; its state is UNKNOWN then. */
  jobNotKnown?: true;
  /** Why it saw nothing, or what the cluster falls short of. */
  why?: string;
}

/** What is remembered from look to look. Plain JSON: it lives in the observation's row. */
export interface HealthMemory {
  /** Flink has been silent since. */
  silentSince?: number;
  /** Flink has answered without knowing the job since. */
  notKnownSince?: number;
  /** RESTARTING or FAILING since. */
  failingSince?: number;
  /** When restarts were seen, newest last, within the window. */
  restarts: { at: number; count: number }[];
}

const memorySchema = z.object({
  silentSince: z.number().exactOptional(),
  notKnownSince: z.number().exactOptional(),
  failingSince: z.number().exactOptional(),
  restarts: z.array(z.object({ at: z.number(), count: z.number() })),
});

/** Reads a memory back from where it was stored; `undefined` where there is none, or one of another shape. */
export const readMemory = (stored: unknown): HealthMemory | undefined =>
  memorySchema.safeParse(stored).data;

type Thresholds = TransitionSettings['conditions'];

/** Folds a look into the memory. */
export function withLook(
  memory: HealthMemory,
  look: HealthLook,
  thresholds: Thresholds,
): HealthMemory {
  const lost = look.jobNotKnown === true;
  const silent = look.flinkJobState === 'UNKNOWN' && !lost;
  const failing = look.flinkJobState === 'RESTARTING' || look.flinkJobState === 'FAILING';
  const since = look.at - thresholds.unstableWindowMs;
  const inWindow = memory.restarts.filter(
    (one, i, all) => one.at >= since || all[i + 1] === undefined,
  );
  const known = inWindow.at(-1)?.count;
  const restarts =
    silent || lost || known === look.restarts
      ? inWindow
      : [...inWindow, { at: look.at, count: look.restarts }];
  return {
    restarts: restarts.slice(-100),
    ...(silent ? { silentSince: memory.silentSince ?? look.at } : {}),
    // While Flink is silent nothing is learned about the job: what was, stays.
    ...(lost || (silent && memory.notKnownSince !== undefined)
      ? { notKnownSince: memory.notKnownSince ?? look.at }
      : {}),
    ...(failing || ((silent || lost) && memory.failingSince !== undefined)
      ? { failingSince: memory.failingSince ?? look.at }
      : {}),
  };
}

/** The three conditions of a running job, always all of them with an explicit status (api.md 2.1). */
export function conditionsOf(
  memory: HealthMemory,
  look: HealthLook,
  thresholds: Thresholds,
  before: readonly ConditionRecord[],
): ConditionRecord[] {
  const reach = reachOf(memory, look, thresholds);
  const blind: Told | undefined =
    reach[0] === 'True'
      ? ['Unknown', 'ClusterUnreachable', "Flink's REST endpoint does not answer."]
      : lossOf(memory, look, thresholds);
  const failing = blind ?? failureOf(memory, look, thresholds);
  const unstable = blind ?? stabilityOf(memory, look, thresholds);
  return [
    condition('JobFailing', failing, look.at, before),
    condition('JobUnstable', unstable, look.at, before),
    condition('ClusterUnreachable', reach, look.at, before),
  ];
}

/** Status, reason, message. */
type Told = [ConditionRecord['status'], string, string];

function reachOf({ silentSince }: HealthMemory, { at, why }: HealthLook, limits: Thresholds): Told {
  if (silentSince === undefined)
    return ['False', 'ClusterReachable', "Flink's REST endpoint answers."];
  const because = why ? `: ${why}` : '';
  const silentFor = at - silentSince;
  if (silentFor >= limits.unreachableMs) {
    const message = `Flink's REST endpoint has not answered for ${seconds(silentFor)}${because}.`;
    return ['True', 'ClusterUnreachable', message];
  }
  const since = new Date(silentSince).toISOString();
  return [
    'False',
    'ClusterSilent',
    `Flink's REST endpoint has not answered since ${since}${because}.`,
  ];
}

/** A JobManager that came up anew knows no job; nor does one that has forgotten how the job ended: no end is proven. */
function lossOf(
  { notKnownSince }: HealthMemory,
  { at }: HealthLook,
  { failingMs }: Thresholds,
): Told | undefined {
  if (notKnownSince === undefined || at - notKnownSince < failingMs) return undefined;
  const why = 'its JobManager came up anew, or has forgotten how the job ended; neither is proven';
  return ['Unknown', 'JobNotKnown', `${notKnown(notKnownSince)}: ${why}.`];
}

const notKnown = (since: number): string =>
  `Flink has not known the job since ${new Date(since).toISOString()}`;

function failureOf(memory: HealthMemory, look: HealthLook, limits: Thresholds): Told {
  const { failingSince, silentSince, notKnownSince } = memory;
  const failingFor = failingSince === undefined ? 0 : look.at - failingSince;
  const fails = failingSince !== undefined && failingFor >= limits.failingMs;
  const [status, reason] = fails
    ? (['True', 'JobFailing'] as const)
    : (['False', 'JobRunning'] as const);
  if (silentSince !== undefined) {
    const did = failingSince === undefined ? 'did not report' : 'reported';
    return [status, reason, `Flink ${did} the job as failing when it last answered.`];
  }
  if (notKnownSince !== undefined) return [status, 'JobNotKnown', `${notKnown(notKnownSince)}.`];
  const reports = fails ? 'has reported' : 'reports';
  const forLong = fails ? ` for ${seconds(failingFor)}` : '';
  const because = look.why ? `: ${look.why}` : '';
  return [status, reason, `Flink ${reports} the job as ${look.flinkJobState}${forLong}${because}.`];
}

function stabilityOf({ restarts }: HealthMemory, look: HealthLook, limits: Thresholds): Told {
  const first = restarts[0]?.count ?? look.restarts;
  const recent = Math.max(0, (restarts.at(-1)?.count ?? first) - first);
  if (recent >= limits.unstableRestarts)
    return ['True', 'Restarts', `${recent} restarts within ${seconds(limits.unstableWindowMs)}.`];
  return ['False', 'NoRestarts', recent === 0 ? 'No restarts seen.' : `${recent} restarts seen.`];
}

/** `lastTransitionTime` moves only with `status`, `lastUpdateTime` also with reason or message. */
function condition(
  type: ConditionRecord['type'],
  [status, reason, message]: Told,
  at: number,
  before: readonly ConditionRecord[],
): ConditionRecord {
  const old = before.find((one) => one.type === type);
  const same = old?.status === status;
  const unchanged = same && old.reason === reason && old.message === message;
  return {
    type,
    status,
    reason,
    message,
    lastTransitionTime: same ? old.lastTransitionTime : at,
    lastUpdateTime: unchanged ? old.lastUpdateTime : at,
  };
}

const seconds = (ms: number): string => `${Math.round(ms / 1_000)} s`;
