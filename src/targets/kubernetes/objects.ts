import type { V1ConfigMap, V1Service } from '@kubernetes/client-node';
import type { ClusterSpec } from '../../core/cluster.ts';
import { configurationYaml, ports } from './configuration.ts';
import { loggingProperties } from './logging.ts';
import { annotationsOf, namesOf, selectedBy, taskManagersWanted } from './names.ts';
import { type Owner, objectLabels, ownedBy } from './pods.ts';
import { type TlsSecrets, tlsAnnotations } from './tls.ts';

/** The object that a cluster stands and falls with: it owns all others, and carries their configuration. */
export const rootConfigMap = (spec: ClusterSpec, tls?: TlsSecrets): V1ConfigMap => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: {
    name: namesOf(spec).root,
    labels: objectLabels(spec),
    annotations: {
      ...annotationsOf(spec),
      ...tlsAnnotations(tls),
      [taskManagersWanted]: String(spec.taskManagers),
    },
  },
  // What a TaskManager reads that Kubernetes starts anew is what its JobManager read (S30).
  immutable: true,
  data: {
    'config.yaml': configurationYaml(spec, tls),
    'log4j-console.properties': loggingProperties(spec.log4jLoggers),
  },
});

/** Without an address of its own: its name leads to the JobManager's pod, ready or not, and to nothing once it is gone. */
export function jobManagerService(
  spec: ClusterSpec,
  owner: Owner,
): V1Service & { metadata: { name: string } } {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: namesOf(spec).service,
      labels: objectLabels(spec),
      ownerReferences: [ownedBy(owner, false)],
    },
    spec: {
      clusterIP: 'None',
      publishNotReadyAddresses: true,
      selector: selectedBy(spec.clusterId, 'jobmanager'),
      ports: [
        { name: 'rest', port: ports.rest },
        { name: 'rpc', port: ports.rpc },
        { name: 'blob', port: ports.blob },
      ],
    },
  };
}
