import { plainPath } from '../core/file-uri.ts';

/** Where Flink keeps state: `<dir>/<flink job id>/chk-N/_metadata` (flink.md 7). */

/** Two spellings of one place: Flink answers `file:/a`, documents say `file:///a`. */
export const samePath = (left: string, right: string): boolean =>
  plainPath(left) === plainPath(right);

/** A job, and where its checkpoints are to go. */
interface Writer {
  flinkJobId: string;
  /** Of its Job alone: no other job writes below it. */
  checkpointDirectory?: string;
}

/**
 * Whether a checkpoint is one of this very job. Flink puts them below the job's id, wherever its program or configuration
 * wants them, and the id is nobody else's; or directly into the directory of its Job, where its program wants no folder of
 * that id (`execution.checkpointing.create-subdir`).
 */
export const isOwnCheckpoint = (
  path: string,
  { flinkJobId, checkpointDirectory }: Writer,
): boolean =>
  path.split('/').includes(flinkJobId) ||
  (checkpointDirectory !== undefined && samePath(parentOf(path), checkpointDirectory));

/** The directory that holds the place. */
export const parentOf = (path: string): string => path.replace(/\/+$/, '').replace(/\/[^/]*$/, '');
