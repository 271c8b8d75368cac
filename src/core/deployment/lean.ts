import {
  checkpointDirectoryKeys,
  retentionKey,
  savepointDirectoryKeys,
} from '../document/index.ts';
import type { JobRecord } from '../records.ts';

/** What of a Job's configuration its later steps read (`handleOf`): where its state is, and whether it stays. */
const keptKeys: readonly string[] = [
  ...checkpointDirectoryKeys,
  ...savepointDirectoryKeys,
  retentionKey,
];

/** What of its `spec` is learnt after its row was first stored. */
const learntKeys: readonly string[] = ['savepointLocation', 'allowNonRestoredState'];

/**
 * A Job's row as a Deployment's state keeps it: without the copies of the configuration, which are in the store from the
 * row's first write on and never change (S12). The state would hold them for every Job it knows, and cross Temporal with
 * every write.
 */
export function lean(record: JobRecord): JobRecord {
  const { spec } = record;
  const directories = pick(spec.flinkConfiguration, keptKeys);
  return { ...record, spec: { ...pick(spec, learntKeys), flinkConfiguration: directories } };
}

function pick(from: unknown, keys: readonly string[]): Record<string, unknown> {
  const entries = typeof from === 'object' && from !== null ? Object.entries(from) : [];
  return Object.fromEntries(entries.filter(([key]) => keys.includes(key)));
}
