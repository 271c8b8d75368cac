import { availableParallelism, totalmem } from 'node:os';
import { resolve } from 'node:path';

/** One Flink version that can be started on this host. */
export interface FlinkRuntime {
  /** Full version, such as `2.3.0`. */
  version: string;
  /** Class path, absolute and in the order under which its class-data archives were made. */
  jars: string[];
  /** Class-data archives (AppCDS). A missing or foreign one costs start-up time, nothing else. */
  jmArchive?: string;
  tmArchive?: string;
}

export interface LocalTargetOptions {
  runtimes: readonly FlinkRuntime[];
  /** Path of the `java` binary of a JDK 17 or newer. */
  java: string;
  /** Folder of this installation: `clusters/<id>` and `tombstones/<id>` are made in it. On a disk of this host. */
  dataDirectory: string;
  /** Id of this installation, the same in each of its processes and never shared with another one. */
  owner: string;
  /** Where all Sluices of this host, of all users, claim loopback addresses. Default `/var/tmp/sluice-hosts`. */
  hostDirectory?: string;
  /** Clusters this installation keeps at a time. Default by memory and cores: see `defaultMaxClusters`. */
  maxClusters?: number;
  /** Ports of each cluster on its own address. */
  ports?: ClusterPorts;
  /** How long a process may take to end by itself after SIGTERM before it is killed, ms. */
  stopGraceMs?: number;
  /** Told after each step, for logs; a kill right after any of them must do no harm. */
  onStep?: (step: LocalStep, clusterId: string) => void;
}

/** REST and RPC port of a JobManager. */
export interface ClusterPorts {
  rest: number;
  rpc: number;
}

/** Steps of making and removing a cluster, in their order. */
export type LocalStep =
  | 'leftover stays'
  | 'address claimed'
  | 'folder made'
  | 'JobManager intended'
  | 'JobManager spawned'
  | 'JobManager recorded'
  | 'TaskManager spawned'
  | 'TaskManager recorded'
  | 'tombstone written'
  | 'JobManager ended'
  | 'TaskManagers ended'
  | 'address freed'
  | 'folder removed';

/** {@link LocalTargetOptions} with every default filled in. */
export type LocalTargetSettings = Required<LocalTargetOptions>;

export function withDefaults(options: LocalTargetOptions): LocalTargetSettings {
  return {
    hostDirectory: defaultHostDirectory,
    maxClusters: defaultMaxClusters(),
    ports: { rest: 18_081, rpc: 16_123 },
    stopGraceMs: 2_000,
    onStep: () => undefined,
    ...options,
    dataDirectory: resolve(options.dataDirectory),
  };
}

/**
 * One fixed path, since all users of a host must meet in it (a `TMPDIR` may differ from user to user), and not below
 * `/tmp`, which is emptied of files that are some days old while clusters may live longer.
 */
const defaultHostDirectory = '/var/tmp/sluice-hosts';

/**
 * What this host can bear: a small cluster holds about 400 MB (flink.md 3), and starting one costs 6 CPU seconds, so
 * more than six per core would time out rather than start. At least two: an upgrade needs the old and the new one.
 */
function defaultMaxClusters(): number {
  const byMemory = Math.floor((totalmem() * 0.8) / (512 * 2 ** 20));
  return Math.max(2, Math.min(byMemory, availableParallelism() * 6));
}

/**
 * TaskManagers that one cluster may have here: each holds about 200 MB (flink.md 3). A slip of the finger would otherwise
 * start processes until the host dies (R35).
 */
export const mostTaskManagers = (): number => Math.max(4, Math.floor(totalmem() / (200 * 2 ** 20)));
