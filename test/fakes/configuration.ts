/** What the fakes read out of a cluster's or a job's rendered configuration, under the spellings of both Flink lines. */
export interface StateConfiguration {
  checkpointDirectory?: string;
  savepointDirectory?: string;
  retained: number;
  /** Whether checkpoints stay after a cancel, and after a failure. */
  keptOnCancel: boolean;
  keptOnFailure: boolean;
}

type Configuration = Record<string, string>;

/** Later maps win, as a run's own configuration wins over its cluster's (flink.md 4). */
export function stateConfiguration(...maps: Configuration[]): StateConfiguration {
  const merged: Configuration = Object.assign({}, ...maps);
  const checkpointDirectory = first(merged, 'execution.checkpointing.dir', 'state.checkpoints.dir');
  const savepointDirectory = first(
    merged,
    'execution.checkpointing.savepoint-dir',
    'state.savepoints.dir',
  );
  const retention = first(merged, 'execution.checkpointing.externalized-checkpoint-retention');
  const retained = first(
    merged,
    'execution.checkpointing.num-retained',
    'state.checkpoints.num-retained',
  );
  return {
    ...(checkpointDirectory === undefined ? {} : { checkpointDirectory }),
    ...(savepointDirectory === undefined ? {} : { savepointDirectory }),
    retained: Number(retained ?? 1),
    keptOnCancel: retention === 'RETAIN_ON_CANCELLATION',
    keptOnFailure: retention === 'RETAIN_ON_CANCELLATION' || retention === 'DELETE_ON_CANCELLATION',
  };
}

/** `taskmanager.numberOfTaskSlots`, 1 as in Flink. */
export const slotsPerTaskManager = (configuration: Configuration): number =>
  Number(configuration['taskmanager.numberOfTaskSlots'] ?? 1);

const first = (map: Configuration, ...keys: string[]): string | undefined =>
  keys.map((key) => map[key]).find((value) => value !== undefined && value !== '');
