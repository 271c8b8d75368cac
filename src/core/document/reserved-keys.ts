interface Reservation {
  keys?: readonly string[];
  prefixes?: readonly string[];
  /** Why it is refused and what to do instead; follows the field's name. */
  message: string;
}

/**
 * What a document may not set in `flinkConfiguration` (V08, N12), old spellings included: one such key would let a job
 * lose its identity, start from another state, run code of its own in the cluster's processes, or meet another cluster.
 */
const reservations: readonly Reservation[] = [
  {
    keys: [
      'high-availability.cluster-id',
      'high-availability.zookeeper.path.namespace',
      'recovery.zookeeper.path.namespace',
      'high-availability.jobmanager.port',
      'recovery.jobmanager.port',
      'jobmanager.resource-id',
      'taskmanager.resource-id',
    ],
    prefixes: ['$internal.', 'kubernetes.', 'sluice.'],
    message: 'is set by Sluice for each Job and cannot be given: remove it',
  },
  {
    keys: ['execution.savepoint.path', 'execution.state-recovery.path'],
    message:
      'cannot be given: spec.restoreStrategy chooses the state; to start from another savepoint register it first',
  },
  {
    keys: [
      'execution.savepoint.ignore-unclaimed-state',
      'execution.state-recovery.ignore-unclaimed-state',
    ],
    message: 'cannot be given: set spec.restoreStrategy.allowNonRestoredState instead',
  },
  {
    keys: [
      'web.submit.enable',
      'jobmanager.web.submit.enable',
      'web.cancel.enable',
      'web.tmpdir',
      'jobmanager.web.tmpdir',
      'web.upload.dir',
      'jobmanager.web.upload.dir',
    ],
    message: 'cannot be given: jobs are submitted and ended by Sluice only; remove it',
  },
  {
    prefixes: ['env.java.'],
    message: 'cannot be given: options of the JVM are set by the target; remove it',
  },
  {
    keys: [
      'rest.address',
      'rest.port',
      'rest.bind-address',
      'rest.bind-port',
      'web.address',
      'web.port',
      'jobmanager.web.address',
      'jobmanager.web.port',
      'jobmanager.rpc.address',
      'jobmanager.rpc.port',
      'jobmanager.rpc.bind-port',
      'jobmanager.bind-host',
      'taskmanager.host',
      'taskmanager.hostname',
      'taskmanager.bind-host',
      'taskmanager.network.bind-policy',
      'taskmanager.rpc.port',
      'taskmanager.rpc.bind-port',
      'taskmanager.data.port',
      'taskmanager.data.bind-port',
      'blob.server.port',
      'metrics.internal.query-service.port',
    ],
    message: 'cannot be given: addresses and ports are set by the target; remove it',
  },
  {
    keys: [
      'io.tmp.dirs',
      'taskmanager.tmp.dirs',
      'blob.storage.directory',
      'process.working-dir',
      'process.jobmanager.working-dir',
      'process.taskmanager.working-dir',
    ],
    message: 'cannot be given: folders of the processes are set by the target; remove it',
  },
];

/** Why a key of `flinkConfiguration` is refused; `undefined`: it is the user's. */
export function whyReserved(key: string): string | undefined {
  return reservations.find(
    ({ keys, prefixes }) =>
      keys?.includes(key) || prefixes?.some((prefix) => key.startsWith(prefix)),
  )?.message;
}
