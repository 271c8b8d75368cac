import type { DeploymentTargetRecord } from '../../src/core/records.ts';
import { nonEmpty, present, type Resource } from './envelope.ts';
import { timestamp } from './timestamps.ts';

/** A DeploymentTarget on the wire (api.md 2.5). */
export const targetView = (record: DeploymentTargetRecord): Resource => ({
  kind: 'DeploymentTarget',
  apiVersion: 'v1',
  metadata: present({
    id: record.id,
    name: record.name,
    namespace: record.namespace,
    createdAt: timestamp(record.createdAt),
    modifiedAt: timestamp(record.modifiedAt),
    labels: nonEmpty(record.labels),
    annotations: nonEmpty(record.annotations),
    resourceVersion: record.resourceVersion,
  }),
  spec: { ...record.spec },
});
