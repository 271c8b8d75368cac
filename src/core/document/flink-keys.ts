/**
 * Keys of Flink's configuration that mean something to Sluice. Names, old names and units were read from the option
 * classes of Flink 1.20.5 and 2.3.0 (`flink-core`).
 */

/** Newest spelling first; a cluster reads the first one that is set. */
export const checkpointDirectoryKeys = [
  'execution.checkpointing.dir',
  'state.checkpoints.dir',
  'state.backend.fs.checkpointdir',
] as const;

export const savepointDirectoryKeys = [
  'execution.checkpointing.savepoint-dir',
  'state.savepoints.dir',
  'savepoints.state.backend.fs.dir',
] as const;

export const haDirectoryKeys = [
  'high-availability.storageDir',
  'high-availability.zookeeper.storageDir',
  'recovery.zookeeper.storageDir',
] as const;

export const haTypeKeys = ['high-availability.type', 'high-availability', 'recovery.mode'] as const;

/** One spelling on both lines of Flink. Without it a cancelled or failed job leaves no checkpoint behind. */
export const retentionKey = 'execution.checkpointing.externalized-checkpoint-retention';

export const slotsKey = 'taskmanager.numberOfTaskSlots';

/** Value of the first of the keys that is set. */
export function firstOf(
  configuration: Readonly<Record<string, string>>,
  keys: readonly string[],
): string | undefined {
  const key = keys.find((name) => Object.hasOwn(configuration, name));
  return key === undefined ? undefined : configuration[key];
}

/** `taskmanager.numberOfTaskSlots`; 1 where it is unset (Flink's default) or unreadable. */
export function slotsOf(configuration: Readonly<Record<string, string>>): number {
  const text = firstOf(configuration, [slotsKey])?.trim() ?? '1';
  return /^[1-9]\d{0,5}$/.test(text) ? Number(text) : 1;
}
