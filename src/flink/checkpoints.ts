import { z } from 'zod';
import type { FlinkCheckpoint, FlinkCheckpoints } from './client.ts';
import { printable } from './root-cause.ts';

const count = z.number().int().nonnegative();

/** What a Date can hold, ms. */
const latestDate = 8_640_000_000_000_000;

/** One entry of `latest` or `history`; the fields of other states are absent or null. */
const entrySchema = z.object({
  id: count,
  status: z.string(),
  is_savepoint: z.boolean(),
  external_path: z.string().nullish(),
  discarded: z.boolean().nullish(),
  trigger_timestamp: z.number().int().nonnegative().max(latestDate).nullish(),
  latest_ack_timestamp: z.number().nullish(),
  num_subtasks: count.nullish(),
  num_acknowledged_subtasks: count.nullish(),
  state_size: count.nullish(),
  failure_timestamp: z.number().nullish(),
  failure_message: z.string().nullish(),
});
type Entry = z.infer<typeof entrySchema>;

/** `/jobs/:id/checkpoints`, the same in 1.20 and 2.x. */
export const checkpointsReply = z.object({
  counts: z.object({
    restored: count,
    total: count,
    in_progress: count,
    completed: count,
    failed: count,
  }),
  latest: z.object({
    completed: entrySchema.nullish(),
    savepoint: entrySchema.nullish(),
    failed: entrySchema.nullish(),
    restored: z
      .object({
        id: count,
        restore_timestamp: z.number(),
        is_savepoint: z.boolean(),
        external_path: z.string().nullish(),
      })
      .nullish(),
  }),
  history: z.array(entrySchema),
});
type Reply = z.infer<typeof checkpointsReply>;

/** Reads the checkpoint statistics of a job; `newest` is the largest id that can be restored from. */
export function toCheckpoints({ counts, latest, history }: Reply): FlinkCheckpoints {
  const { in_progress: inProgress, ...others } = counts;
  // `latest.completed` is a checkpoint, `latest.savepoint` a savepoint; either may be the newer, and either may have
  // left the history, which keeps ten entries.
  const known = [latest.completed, latest.savepoint, ...history].filter((entry) => !!entry);
  const newest = newestOf(known);
  const latestSavepoint = newestOf(known.filter((entry) => entry.is_savepoint));
  // Newest first, as Flink sends it.
  const pending = history.find((entry) => entry.is_savepoint && entry.status === 'IN_PROGRESS');
  return {
    counts: { ...others, inProgress },
    ...(newest && { newest }),
    ...(latestSavepoint && { latestSavepoint }),
    ...(pending && { pendingSavepoint: toPending(pending) }),
    ...(latest.restored && { restored: toRestored(latest.restored) }),
    ...(latest.failed && { latestFailed: toFailed(latest.failed) }),
  };
}

function newestOf(entries: readonly Entry[]): FlinkCheckpoint | undefined {
  return entries
    .flatMap(toRestorePoint)
    .reduce<FlinkCheckpoint | undefined>(
      (best, one) => (best === undefined || one.id > best.id ? one : best),
      undefined,
    );
}

/** None or one: only what is complete, kept and has an address can be restored from. */
function toRestorePoint(entry: Entry): FlinkCheckpoint[] {
  const path = addressOf(entry.external_path);
  if (entry.status !== 'COMPLETED' || entry.discarded === true || path === undefined) return [];
  const completedAt = entry.latest_ack_timestamp;
  return [
    { id: entry.id, path, isSavepoint: entry.is_savepoint, ...(completedAt && { completedAt }) },
  ];
}

/** What Flink leaves out counts as 0. */
const toPending = (entry: Entry) => ({
  triggeredAt: entry.trigger_timestamp ?? 0,
  subtasks: entry.num_subtasks ?? 0,
  acknowledged: entry.num_acknowledged_subtasks ?? 0,
  bytes: entry.state_size ?? 0,
});

function toRestored(restored: NonNullable<Reply['latest']['restored']>) {
  const path = addressOf(restored.external_path);
  const { id, is_savepoint: isSavepoint, restore_timestamp: at } = restored;
  return { id, isSavepoint, at, ...(path !== undefined && { path }) };
}

function toFailed({ id, failure_timestamp: failedAt, failure_message: message }: Entry) {
  return { id, ...(failedAt && { failedAt }), ...(message && { message: printable(message) }) };
}

/**
 * A path, unless Flink kept the state where nobody can point at it: `<checkpoint-not-externally-addressable>` (R22).
 * No path begins with `<`, so other such words of later versions are left out as well.
 */
const addressOf = (path: string | null | undefined): string | undefined =>
  path && !path.startsWith('<') ? path : undefined;
