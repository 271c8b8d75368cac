import type { EventRecord } from '../../src/core/records.ts';
import { type EventName, eventNames } from '../../src/core/vocabulary.ts';
import { present, type Resource } from './envelope.ts';
import type { EnumLevel } from './savepoint.ts';
import { timestampMicros } from './timestamps.ts';

/** The first 40 of the vocabulary; clients of 2.0 refuse the 10 that came by 2.6.1 (api.md 2.4, 5). */
const since1: ReadonlySet<EventName> = new Set(eventNames.slice(0, 40));

/** An Event on the wire (api.md 2.4), or undefined where `enumLevel` leaves it out. */
export function eventView(record: EventRecord, level: EnumLevel): Resource | undefined {
  if (level === '2.0' && !since1.has(record.name)) return undefined;
  return {
    kind: 'Event',
    apiVersion: 'v1',
    metadata: present({
      id: record.id,
      namespace: record.namespace,
      createdAt: timestampMicros(record.createdAtMicros),
      deploymentId: record.deploymentId,
      jobId: record.jobId,
      name: record.name,
      resourceVersion: 1,
    }),
    spec: { message: record.message },
  };
}
