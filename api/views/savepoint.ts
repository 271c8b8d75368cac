import type { SavepointRecord, Stored } from '../../src/core/records.ts';
import type { SavepointOrigin } from '../../src/core/vocabulary.ts';
import { madeUnder } from './annotations.ts';
import { failureView } from './deployment.ts';
import { present, type Resource } from './envelope.ts';
import { timestamp } from './timestamps.ts';

export type EnumLevel = '2.0' | '2.6';

/** A Savepoint on the wire (api.md 2.3). At `enumLevel` 2.0 only values and fields that old clients know. */
export function savepointView(record: Stored<SavepointRecord>, level: EnumLevel): Resource {
  return {
    kind: 'Savepoint',
    apiVersion: 'v1',
    metadata: present({
      id: record.id,
      namespace: record.namespace,
      createdAt: timestamp(record.createdAt),
      modifiedAt: timestamp(record.modifiedAt),
      deploymentId: record.deploymentId,
      jobId: record.jobId,
      origin: originView(record, level),
      type: level === '2.0' ? undefined : (record.type ?? 'UNKNOWN'),
      annotations: madeUnder(record.specVersion),
      resourceVersion: record.resourceVersion,
    }),
    spec: present({
      savepointLocation: record.location,
      flinkSavepointId: record.flinkSavepointId,
    }),
    status: present({ state: record.state, failure: failureView(record.failure) }),
  };
}

/** An upgrade's savepoint had an origin of its own until 2.1; retained checkpoints have one since 2.1 (api.md 3.8, 5). */
function originView(record: SavepointRecord, level: EnumLevel): SavepointOrigin {
  const { origin } = record;
  if (level === '2.6') return origin === 'SUSPEND_AND_UPGRADE' ? 'SUSPEND' : origin;
  if (origin === 'RETAINED_CHECKPOINT') return 'COPIED';
  return origin === 'SUSPEND' && record.forUpgrade === true ? 'SUSPEND_AND_UPGRADE' : origin;
}
