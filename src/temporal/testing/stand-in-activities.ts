import type { RecordBatch } from '../../core/records.ts';
import type { Store } from '../../store/store.ts';

/** What the stand-in workflow does to the store. */
export interface StandInActivities {
  publish(batch: RecordBatch): Promise<void>;
  removeRow(id: string, fence: number): Promise<void>;
}

/** @param mayPublish false holds a write back for ever: the store lags behind. */
export function standInActivities(
  store: Store,
  mayPublish: (batch: RecordBatch) => boolean = () => true,
): StandInActivities {
  return {
    publish: async (batch) => {
      if (!mayPublish(batch)) throw new Error('held back by the test');
      await store.write(batch);
    },
    removeRow: (id, fence) => store.deployments.remove(id, fence),
  };
}
