import { z } from 'zod';

/** What a step waits for at this moment, for people. Times in ISO 8601. */
export interface Wait {
  what: string;
  /** Since when just this is so; a stand that changes begins anew. */
  since?: string;
  /** When a worker last said so: a heartbeat may be held back for 8 s (temporal.md trap 14). */
  seenAt?: string;
  /** What it was tried before, where Temporal tries it again. */
  tries?: number;
  lastError?: string;
  nextTryAt?: string;
}

/** The part of a heartbeat that says what an effect waits for; `since` in epoch ms. */
export interface Stand {
  what: string;
  since: number;
}

const heartbeatSchema = z.object({
  spentMs: z.number().nonnegative().exactOptional(),
  stand: z.object({ what: z.string(), since: z.number() }).exactOptional(),
});

/** What travels in the heartbeat of an effect that waits: its clock, and what it waits for. */
export type WaitHeartbeat = z.infer<typeof heartbeatSchema>;

/** Reads a heartbeat; one of another release, or of an effect that says nothing, reads as empty. */
export const readHeartbeat = (details: unknown): WaitHeartbeat =>
  heartbeatSchema.safeParse(details).data ?? {};

/** An effect under way, as Temporal describes it. Times in epoch ms. */
export interface PendingEffect {
  /** Name of the activity. */
  name: string;
  /** No worker has it at the moment. */
  queued: boolean;
  tries: number;
  heartbeat: unknown;
  scheduledAt: number | undefined;
  startedAt: number | undefined;
  heartbeatAt: number | undefined;
  nextTryAt: number | undefined;
  lastError?: string;
}

/** What an effect does, where it does not say more itself. */
const effects: Readonly<Record<string, string>> = {
  publish: 'the store is being written to',
  removeRecords: 'the records of the Deployment are being removed',
  takeStock: 'the store is being asked what was left behind',
  fetchArtifact: 'the artifact is being brought to this host',
  ensureCluster: 'the target is making the cluster',
  awaitCluster: 'the cluster is coming up',
  uploadArtifact: 'the artifact is being brought to the JobManager',
  warmUp: 'the new cluster runs the warm-up job',
  submitJob: "Flink is running the program's main()",
  awaitJob: 'the job is coming up',
  endAttempt: 'what the attempt began is being removed',
  awaitStoppable: 'the job must run before a savepoint can be taken',
  triggerStop: 'Flink is being asked to stop the job with a savepoint',
  awaitStop: 'Flink is stopping the job with a savepoint',
  triggerSavepoint: 'Flink is being asked for a savepoint',
  awaitSavepoint: 'Flink is taking the savepoint',
  cancelJob: 'Flink is cancelling the job',
  recordEnd: 'the newest checkpoint of the ended job is being looked for',
  closeCluster: 'the processes of the old cluster must end',
  watchJob: 'the running job is being observed',
  lastKnown: 'the newest state that is known is being looked for',
  repairCluster: 'the target is starting a missing TaskManager',
};

/** Nothing waits for these, unless they cannot be done: they are tried again and again then. */
const asides = ['publish', 'watchJob'];

const isAside = ({ name, queued, tries }: PendingEffect): boolean =>
  asides.includes(name) && !(queued && tries > 1);

/** Tells what waits, from the effects that Temporal has as pending. */
export const waitsOf = (pending: readonly PendingEffect[]): Wait[] =>
  pending.filter((one) => !isAside(one)).map(waitOf);

/** Enough for a sentence and the end of a log. */
const maxError = 2_000;

function waitOf(one: PendingEffect): Wait {
  const { name, queued, tries, lastError } = one;
  const { stand } = readHeartbeat(one.heartbeat);
  const doing = stand?.what ?? effects[name] ?? name;
  const since = timeOf(stand?.since ?? one.scheduledAt);
  const seenAt = timeOf(one.heartbeatAt ?? one.startedAt);
  const nextTryAt = queued && tries > 1 ? timeOf(one.nextTryAt) : undefined;
  return {
    what: queued && tries < 2 ? `a worker must take it up: ${doing}` : doing,
    ...(since ? { since } : {}),
    ...(seenAt ? { seenAt } : {}),
    ...(tries > 1 ? { tries } : {}),
    ...(lastError === undefined ? {} : { lastError: lastError.slice(0, maxError) }),
    ...(nextTryAt ? { nextTryAt } : {}),
  };
}

/** What a Date cannot hold is left out: showing it would throw. */
function timeOf(at: number | undefined): string | undefined {
  const date = new Date(at ?? Number.NaN);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}
