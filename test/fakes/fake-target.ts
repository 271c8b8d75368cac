import type { ClusterObservation, ClusterRef, ClusterSpec } from '../../src/core/cluster.ts';
import { Refused } from '../../src/core/errors/index.ts';
import type { ClusterTarget } from '../../src/targets/target.ts';
import { type Call, type Calls, unreachable } from './calls.ts';
import { pause } from './clock.ts';
import { type ClusterTrouble, FakeCluster } from './cluster.ts';
import type { RuledParts } from './ruled-parts.ts';
import type { CallInfo, CallKind } from './trace.ts';

/** A target over the world's clusters: tombstones fence the late, room is bounded, absence comes with evidence. */
export class FakeTarget implements ClusterTarget {
  holder = async () => ({ id: 'this-installation', place: 'this-host:/data' });
  /** Clusters that are not removed yet, dead or alive. */
  readonly clusters = new Map<string, FakeCluster>();
  /** Every cluster there ever was. */
  readonly everMade: FakeCluster[] = [];
  /** The target does not answer: unknown, not absent (S25). */
  silent = false;
  readonly #parts: RuledParts;
  readonly #calls: Calls;
  readonly #tombstones = new Set<string>();
  readonly #troubles: ClusterTrouble[] = [];

  constructor(parts: RuledParts, calls: Calls) {
    this.#parts = parts;
    this.#calls = calls;
  }

  /** What is wrong with the clusters to come, in order. */
  troubleNext(...troubles: ClusterTrouble[]): void {
    this.#troubles.push(...troubles);
  }

  ensure(spec: ClusterSpec, signal: AbortSignal): Promise<ClusterObservation> {
    return this.#ask('ensure', spec, signal, (call) => {
      if (this.#tombstones.has(spec.clusterId)) {
        throw new Refused('FENCED_OUT', `cluster ${spec.clusterId} was destroyed before`);
      }
      const known = this.clusters.get(spec.clusterId);
      const cluster = known ?? this.#make(spec, call);
      if (known !== undefined && this.#lacksTaskManagers(known)) call.writes();
      cluster.startMissingTaskManagers();
      return cluster.observation();
    });
  }

  describe(ref: ClusterRef, signal: AbortSignal): Promise<ClusterObservation> {
    return this.#ask('describe', ref, signal, () => {
      const cluster = this.clusters.get(ref.clusterId);
      if (cluster !== undefined) return cluster.observation();
      return { kind: 'absent', evidence: evidenceOf(ref) };
    });
  }

  destroy(ref: ClusterRef, signal: AbortSignal): Promise<{ evidence: string }> {
    return this.#ask('destroy', ref, signal, async (call) => {
      const cluster = this.clusters.get(ref.clusterId);
      if (cluster !== undefined) {
        for (const job of cluster.ownJobs) this.#parts.invariants.mayStop(job, 'destroy');
        call.writes();
        await this.#remove(cluster);
      }
      this.#tombstones.add(ref.clusterId);
      return { evidence: evidenceOf(ref) };
    });
  }

  list(signal: AbortSignal): Promise<ClusterRef[]> {
    return this.#ask('list', {}, signal, () => [...this.clusters.values()].map(refOf));
  }

  #make(spec: ClusterSpec, call: Call): FakeCluster {
    this.#refuseUnknownVersion(spec.flinkVersion);
    const { maxClusters } = this.#parts.options;
    if (this.clusters.size >= maxClusters) {
      throw new Refused('NO_ROOM_ON_TARGET', `all ${maxClusters} places for clusters are taken`);
    }
    this.#parts.invariants.mayMakeCluster(spec);
    call.writes();
    for (const uri of spec.stateDirectories) this.#parts.storage.begin(uri);
    const n = this.everMade.length + 1;
    const restUrl = `http://127.77.${n >> 8}.${n & 255}:18081`;
    const cluster = new FakeCluster(this.#parts, spec, restUrl, this.#troubles.shift() ?? {});
    this.clusters.set(spec.clusterId, cluster);
    this.everMade.push(cluster);
    return cluster;
  }

  /** JobManager first (reliability.md 2.2 rule 5); two destroys at once both see it through. */
  async #remove(cluster: FakeCluster): Promise<void> {
    cluster.closing = true;
    this.#tombstones.add(cluster.clusterId);
    cluster.killAll();
    await pause(this.#parts.options.clock, this.#parts.options.teardownMs);
    this.clusters.delete(cluster.clusterId);
  }

  #lacksTaskManagers(cluster: FakeCluster): boolean {
    const seen = cluster.observation();
    if (seen.kind !== 'present' || seen.jobManager === 'exited') return false;
    return seen.taskManagersRunning < seen.taskManagersWanted;
  }

  #refuseUnknownVersion(version: string): void {
    const { flinkVersions } = this.#parts.options;
    if (flinkVersions === undefined) return;
    if (flinkVersions.some((one) => one === version || one.startsWith(`${version}.`))) return;
    const text = `Flink ${version} is not known here; known: ${flinkVersions.join(', ')}`;
    throw new Refused('UNKNOWN_FLINK_VERSION', text);
  }

  #ask<T>(
    kind: CallKind,
    about: Partial<ClusterRef>,
    signal: AbortSignal,
    act: (call: Call) => T | Promise<T>,
  ): Promise<T> {
    return this.#calls.perform(infoOf(kind, about), signal, async (call) => {
      if (this.silent) {
        await pause(this.#parts.options.clock, this.#parts.options.callTimeoutMs);
        throw unreachable(kind, 'the target does not answer');
      }
      return act(call);
    });
  }
}

const evidenceOf = (ref: ClusterRef): string =>
  `no folder and no process of ${ref.clusterId} on this target`;

function refOf({ spec }: FakeCluster): ClusterRef {
  const { clusterId, jobId, deploymentId, namespace, target } = spec;
  return { clusterId, jobId, deploymentId, namespace, target };
}

const infoOf = (kind: CallKind, { deploymentId, clusterId }: Partial<ClusterRef>): CallInfo => ({
  kind,
  ...(deploymentId === undefined ? {} : { deploymentId }),
  ...(clusterId === undefined ? {} : { clusterId }),
});
